import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Moment } from "./command-moments.ts";
import type { World } from "./command-world.ts";
import type { Random } from "./iteration.ts";
import type { Running } from "./running.ts";

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
  /** The exit codes that it may have, besides 0 if there is nothing left to do. */
  readonly exit: readonly (number | null)[];
  /** Whether the command cannot say what comes next. */
  readonly isMute?: boolean;
  /** Whether a secret may be lost where the moment is precarious. */
  readonly mayLose?: boolean;
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
      running.child.kill(name);
      await running.until(() => running.stderr.includes("Ending at the next safe moment"));
      world.letGo("go on");
    },
  };
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

function dead(world: World, random: Random): void {
  world.letGo(random() < 0.5 ? "apply" : "drop");
}

export const stops: readonly Stop[] = [
  {
    name: "SIGKILL",
    exit: [null],
    isMute: true,
    mayLose: true,
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
    mayLose: true,
    apply: async (running, world, random) => {
      running.child.kill("SIGINT");
      await running.until(() => running.stderr.includes("Ending at the next safe moment"));
      running.child.kill("SIGINT");
      await running.ended;
      dead(world, random);
    },
  },
  signal("SIGHUP", 129),
  { name: "stdout closed", exit: [], ...closed("stdout") },
  { name: "stdout closed, --to stdout", sinks: "stdout", exit: [6], ...closed("stdout") },
  { name: "stderr closed", exit: [], isMute: true, ...closed("stderr") },
  {
    name: "state read-only",
    exit: [1],
    mayLose: true,
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
  {
    name: "disk full",
    exit: [1],
    mayLose: true,
    prepare: ({ place }) => mount(place.stateDirectory),
    apply: (_, world) => {
      fill(join(world.place.stateDirectory, filler));
      world.letGo("go on");
    },
    undo: ({ place }) => rmSync(join(place.stateDirectory, filler)),
    clean: ({ place }) => spawnSync("umount", [place.stateDirectory]),
    impossible: process.env.KILLS_MOUNTS === "own" ? undefined : "no file system can be mounted here",
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
  return !(stop.sinks === "stdout" && moment.needsExec);
}
