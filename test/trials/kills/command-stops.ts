import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Random } from "../../support/random.ts";
import type { Running } from "../../support/running.ts";
import type { Moment } from "./command-moments.ts";
import type { World } from "./command-world.ts";

/** A way to stop a command, or to take from it what it needs. */
export interface Stop {
  readonly name: string;
  readonly sinks?: "stdout";
  /** Before the command is started. */
  readonly prepare?: (world: World) => void;
  /** Does it to a command that is held up, and lets go of that. */
  readonly apply: (running: Running, world: World, random: Random) => Promise<void> | void;
  /** Undoes what would hinder the commands that follow. */
  readonly undo?: (world: World) => void;
  /** Undoes the rest, when all is over. */
  readonly clean?: (world: World) => void;
  /** The exit codes that it may have, as a shell tells them, besides 0 if there is nothing left to do. */
  readonly exit: readonly number[];
  /** Whether the command cannot say what comes next. */
  readonly isMute?: boolean;
  /** Whether the new secret may never be in the journal if that happens at a moment. */
  readonly mayLose?: (moment: Moment) => boolean;
  /** Whether nothing takes the secret but a file that the command makes for it. */
  readonly isRescuing?: boolean;
  /** Whether the response to the request that is held is lost as well; only where one is. */
  readonly losesAnswer?: boolean;
  /** Why it cannot be tried here. */
  readonly impossible?: string | undefined;
}

const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const filler = "filler";
/** Bytes; some dozen entries. */
const diskSize = 262_144;

/** A signal that is answered, at the next safe moment. */
function signal(name: "SIGTERM" | "SIGINT" | "SIGHUP", code: number): Stop {
  return {
    name,
    exit: [code],
    apply: async (running, world) => {
      await send(name, running);
      world.letGo("go on");
    },
  };
}

async function send(name: NodeJS.Signals, running: Running): Promise<void> {
  running.child.kill(name);
  await running.until(() => /Stopping at the next safe moment|Waiting for the response/.test(running.stderr));
}

/** A stream that nobody reads any more. */
function closed(stream: "stdout" | "stderr"): Pick<Stop, "apply"> {
  return {
    apply: async (running, world) => {
      running.child[stream]?.destroy();
      world.letGo("go on");
    },
  };
}

/** A disk that is full from then on; and what else happens then. */
function full(also: (running: Running) => void = () => undefined): Omit<Stop, "name" | "exit"> {
  return {
    // Announced, it is not known before the next entry.
    mayLose: (moment) => isPrecarious(moment) || moment.hold === "after requesting",
    prepare: ({ place }) => mount(place.stateDirectory),
    apply: (running, world) => {
      fill(join(world.place.stateDirectory, filler));
      also(running);
      world.letGo("go on");
    },
    undo: ({ place }) => rmSync(join(place.stateDirectory, filler)),
    clean: ({ place }) => spawnSync("umount", [place.stateDirectory]),
    impossible: process.env.KILLS_MOUNTS === "own" ? undefined : "no file system can be mounted here",
  };
}

function isPrecarious(moment: Moment): boolean {
  return moment.isPrecarious === true;
}

function dead(world: World, random: Random): void {
  world.letGo(random.fraction() < 0.5 ? "apply" : "drop");
}

export const stops: readonly Stop[] = [
  {
    name: "SIGKILL",
    exit: [137],
    isMute: true,
    mayLose: isPrecarious,
    apply: async (running, world, random) => {
      running.child.kill("SIGKILL");
      await running.ended;
      dead(world, random);
    },
  },
  signal("SIGTERM", 143),
  signal("SIGINT", 130),
  {
    name: "SIGINT twice",
    exit: [130],
    isMute: true,
    mayLose: isPrecarious,
    apply: async (running, world, random) => {
      await send("SIGINT", running);
      running.child.kill("SIGINT");
      // While a new secret is on its way it takes a third.
      if (running.stderr.includes("Waiting for the response")) {
        await running.until(() => running.stderr.includes("The next signal stops"));
        running.child.kill("SIGINT");
      }
      await running.ended;
      dead(world, random);
    },
  },
  signal("SIGHUP", 129),
  {
    name: "SIGTERM, answer lost",
    exit: [5],
    mayLose: isPrecarious,
    losesAnswer: true,
    apply: async (running, world, random) => {
      await send("SIGTERM", running);
      dead(world, random);
    },
  },
  { name: "stdout closed", exit: [], ...closed("stdout") },
  { name: "stdout closed, --to stdout", sinks: "stdout", exit: [6], ...closed("stdout") },
  { name: "stderr closed", exit: [], isMute: true, ...closed("stderr") },
  {
    name: "state read-only",
    exit: [1],
    // Announced, it is not known before the next entry.
    mayLose: (moment) => isPrecarious(moment) || moment.hold === "after requesting",
    prepare: (world) => {
      if (isRoot) world.giveTo(nobody);
    },
    apply: (_, world) => {
      changeFolders(world.place.stateDirectory, 0o555);
      world.letGo("go on");
    },
    undo: (world) => changeFolders(world.place.stateDirectory, 0o700),
    impossible: isRoot && !mayReadByAll(process.execPath) ? "Node lies where no other user may read it" : undefined,
  },
  { name: "disk full", exit: [1], ...full() },
  {
    name: "disk full, --to stdout closed",
    sinks: "stdout",
    exit: [1],
    isRescuing: true,
    ...full((running) => running.child.stdout?.destroy()),
  },
];

function changeFolders(folder: string, mode: number): void {
  const below = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const path of [folder, ...below.map((entry) => join(entry.parentPath, entry.name))]) chmodSync(path, mode);
}

/** In the namespace of this process alone, so that it goes away with it. */
function mount(folder: string): void {
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${diskSize},mode=700`, "tmpfs", folder]);
  if (status !== 0) throw new Error(`mount: ${stderr}`);
}

function fill(file: string): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(4096));
  } catch {
    // Full.
  }
}

function mayReadByAll(path: string): boolean {
  const { mode } = statSync(path);
  return (mode & 0o5) === 0o5 && (path === dirname(path) || mayReadByAll(dirname(path)));
}

/** Whether a command can be stopped like this at a moment. */
export function isPossible(stop: Stop, moment: Moment): boolean {
  // Written beside its place already, the entry has its room.
  if (stop.isRescuing) return stop.mayLose?.(moment) === true && moment.hold !== "before issued 0";
  if (stop.losesAnswer) return moment.request === "rotate" || moment.request === "delete";
  return !(stop.sinks === "stdout" && moment.needsExec);
}
