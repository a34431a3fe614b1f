import { readFileSync, statSync } from "node:fs";
import { constants } from "node:os";
import { basename } from "node:path";
import { clientId, type Ended } from "../../support/command.ts";
import type { Random } from "../../support/random.ts";
import { isDelivered, type Moment } from "./command-moments.ts";
import type { Stop } from "./command-stops.ts";
import { filesBelow, World } from "./command-world.ts";

/** What came of a rotation that was stopped. */
export interface Outcome {
  /** The command lines that were followed. */
  readonly followed: readonly string[];
  readonly answersLost: number;
  /** What must not be. */
  readonly faults: readonly string[];
  /** What was printed, for whoever looks for the reason. */
  readonly log: string;
}

/** Commands after which a rotation counts as stuck. */
const patience = 8;
/** So long that what is held up here is not given up meanwhile; it becomes 1.8 s. */
const timeout = ["--timeout", "45s"];

class Scenario {
  readonly #stop: Stop;
  readonly #moment: Moment;
  readonly #random: Random;
  readonly #world: World;
  readonly #rotate: readonly string[];
  readonly #followed: string[] = [];
  #log = "";

  constructor(stop: Stop, moment: Moment, random: Random, world: World) {
    this.#stop = stop;
    this.#moment = moment;
    this.#random = random;
    this.#world = world;
    this.#rotate = ["rotate", clientId, ...world.rotateOptions, ...timeout];
  }

  async run(): Promise<Outcome> {
    const stopped = await this.#stopped(await this.#choose());
    if (stopped) {
      this.#requireEnding(stopped);
      await this.#followUp(await this.#next(stopped));
      this.#requireEnd();
    }
    const { faults, issued } = this.#world;
    const answersLost = [...issued.values()].filter((held) => !held).length;
    return { followed: this.#followed, answersLost, faults: [...new Set(faults)], log: this.#log };
  }

  /** The command that is stopped: a rotation to its end, its first half, or the second one alone. */
  async #choose(): Promise<readonly string[]> {
    const isInOneRun = this.#random.fraction() < 0.5;
    if (isInOneRun) return [...this.#rotate, "--finish"];
    if (!this.#moment.isInFinish) return this.#rotate;
    this.#took("rotate", await this.#world.start(this.#rotate).ended);
    return ["finish", clientId, ...timeout];
  }

  async #stopped(words: readonly string[]): Promise<Ended | undefined> {
    const world = this.#world;
    world.arm(this.#moment);
    const running = world.start(words);
    if (await running.until(() => world.isHeld)) {
      // What it has written has been read.
      if (world.sinks === "stdout" && words[0] === "rotate" && isDelivered(this.#moment))
        await running.until(() => running.stdout !== "");
      await this.#stop.apply(running, world, this.#random);
    } else world.faults.push("the moment never came");
    const ended = await running.ended;
    this.#took(words.join(" "), ended);
    this.#stop.undo?.(world);
    return ended;
  }

  #took(line: string, ended: Ended): void {
    const world = this.#world;
    world.look();
    this.#log += `$ ${line}\n${ended.stdout}${ended.stderr}(${ended.code ?? ended.signal}, ${world.standing()})\n`;
    const stdout = world.sinks === "stdout" ? ended.stdout.replace(/^sandbox-secret-\w+\n/, "") : ended.stdout;
    for (const text of [stdout, ended.stderr]) {
      if (/^\s+at .+:\d+:\d+\)?$|Unhandled|node:internal|Warning:/m.test(text)) world.faults.push("a stack trace");
      if (text.includes("sandbox-secret-")) world.faults.push("a secret was printed");
    }
  }

  #requireEnding({ code: own, signal, stderr }: Ended): void {
    const { faults } = this.#world;
    // As a shell tells it: a second signal may come when the process is ending anyhow, and nobody takes it any more.
    const code = own ?? 128 + constants.signals[signal ?? "SIGKILL"];
    const isOver = code === 0 && (this.#world.standing() === "done" || this.#world.standing() === "verified");
    if (!isOver && !this.#stop.exit.includes(code)) faults.push(`exit code ${code}`);
    if (!isOver && !this.#stop.isMute && !nextOf(stderr)) faults.push("no next command on stderr");
  }

  /** The command line that leads on: as printed, or as `status` tells it. */
  async #next({ code, stdout, stderr }: Ended): Promise<string | undefined> {
    const printed = nextOf(`${stderr}\n${stdout}`);
    const isOver = code === 0 && this.#isDone && !stderr.includes("could not be erased");
    if (printed !== undefined || isOver) return printed;
    const decided = this.#decide(`${stderr}\n${stdout}`);
    if (decided !== undefined) return decided;
    const status = `cf-oauth status ${clientId} --json`;
    const ended = await this.#world.follow(status);
    this.#took(status, ended);
    if (ended.code !== 0) this.#world.faults.push(`status ended with ${ended.code}`);
    const { nextCommand } = JSON.parse(ended.stdout || "{}");
    if (nextCommand || this.#isDone) return nextCommand ?? undefined;
    // Nothing was begun, so it is begun again.
    return ["cf-oauth", ...this.#rotate].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  }

  /** What a person decides by what the message says, where there is no next command. */
  #decide(printed: string): string | undefined {
    const named = [...printed.matchAll(/`(cf-oauth [^`]+)`/g)].map(([, line = ""]) => line);
    const adopt = named.find((line) => line.startsWith("cf-oauth adopt"));
    if (adopt !== undefined && this.#world.isHeldBySinks) return adopt.replace("<source>", "file:file");
    const whole = named.filter((line) => !line.includes("<") && !line.startsWith("cf-oauth adopt"));
    return (
      whole.find((line) => line.includes("--accept-change")) ??
      whole.find((line) => /^cf-oauth (recover|finish) /.test(line))
    );
  }

  get #isDone(): boolean {
    return this.#world.standing() === "done";
  }

  async #followUp(first: string | undefined): Promise<void> {
    for (let next = first; next !== undefined; ) {
      if (this.#followed.length === patience) {
        this.#world.faults.push(`stuck, with ${next}`);
        return;
      }
      const words = next.split(" ");
      this.#followed.push(words[1] ?? "");
      const ended = await this.#world.follow(next);
      this.#took(next, ended);
      next = await this.#next(ended);
    }
  }

  /** What must be true in the end. */
  #requireEnd(): void {
    const { place, faults, deployed, issued } = this.#world;
    const live = place.sandbox.secretsOf(clientId);
    if (live.length !== 1) faults.push(`${live.length} secrets are live`);
    if (deployed.some((secret) => secret !== live[0])) faults.push("what is live is not what is deployed");
    if (!this.#isDone) faults.push(`the journal stands at ${this.#world.standing()}`);
    const left = filesBelow(place.stateDirectory).filter((path) =>
      readFileSync(path, "utf8").includes("sandbox-secret-"),
    );
    if (left.length > 0) faults.push(`the state directory still has a secret, in ${left.join(", ")}`);
    const sinks = ["file", "vault", ".env"].map((name) => place.path(name));
    const strays = filesBelow(place.folder).filter(
      (path) =>
        !left.includes(path) &&
        !sinks.includes(path) &&
        !this.#isRescued(path) &&
        readFileSync(path, "utf8").includes("sandbox-secret-"),
    );
    const rescued = filesBelow(place.folder).filter((path) => this.#isRescued(path));
    if (rescued.length !== (this.#stop.isRescuing ? 1 : 0)) faults.push(`${rescued.length} secrets were rescued`);
    if (strays.length > 0) faults.push(`a secret lies about, in ${strays.join(", ")}`);

    const lost = [...issued.values()].filter((held) => !held).length;
    const applied = place.sandbox.requests.filter(
      (request) => request.operation === "oauth-clients-rotate-secret" && request.applied,
    ).length;
    if (applied !== 1 + lost) faults.push(`${applied} POSTs applied, ${lost} answers lost`);
    if (lost > (this.#stop.mayLose?.(this.#moment) ? 1 : 0)) faults.push(`${lost} answers lost`);
  }
  /** A file with a secret that neither journal nor sink took, for its owner alone. */
  #isRescued(path: string): boolean {
    if (!basename(path).startsWith("cf-oauth-rescued-")) return false;
    const isPrivate = (statSync(path).mode & 0o777) === 0o600;
    return isPrivate && this.#world.issued.has(readFileSync(path, "utf8"));
  }
}

function nextOf(printed: string): string | undefined {
  return /^next(?:, from \S+)?:? +(cf-oauth .+)$/m.exec(printed)?.[1];
}

/** Stops a rotation at a moment, and follows what is printed to its end. */
export async function play(stop: Stop, moment: Moment, random: Random): Promise<Outcome> {
  const world = await World.open(random, stop.sinks ?? "files");
  try {
    stop.prepare?.(world);
    return await new Scenario(stop, moment, random, world).run();
  } finally {
    stop.clean?.(world);
    await world.place[Symbol.asyncDispose]();
  }
}
