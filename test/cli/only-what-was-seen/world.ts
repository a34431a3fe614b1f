/** What a test of this folder stands on: the built command, its folder, the scripted server, and one clock for all of it. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { vi } from "vitest";
import type { Report } from "../../../src/cli/attempt/report.ts";
import type { Entry } from "../../../src/rotation/entry.ts";
import { bundleForNode } from "../../support/bundle.ts";
import { program } from "../../support/command.ts";
import { Running } from "../../support/running.ts";
import { accountId, apiToken, clientId, ScriptedServer } from "./server.ts";

export { clientId } from "./server.ts";

// Processes start slowly where others work as well.
vi.setConfig({ testTimeout: 90_000 });

/** The secret before the rotation, and those that the next rotations create. */
export const [S0, S1, S2, S3] = [
  "S0-secret-of-before",
  "S1-secret-of-ours",
  "S2-secret-after-it",
  "S3-secret-after-that",
] as const;

export const second = 1000;
export const minute = 60 * second;
export const day = 24 * 60 * minute;

/** The Nodes to run on where it matters: the one of the tests and, where it is another, the system's. */
export const nodes: readonly (readonly [string, string])[] = [process.execPath, "/usr/bin/node"]
  .filter((path) => existsSync(path))
  .map((path) => [spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.trim(), path] as const)
  .filter(([version], index, all) => all.findIndex((other) => other[0] === version) === index);

// Node 20 runs no TypeScript.
const bundled = mkdtempSync(join(tmpdir(), "cf-oauth-seen-"));
process.on("exit", () => rmSync(bundled, { recursive: true, force: true }));
const preload = join(bundled, "preload.mjs");
await bundleForNode(fileURLToPath(new URL("preload.ts", import.meta.url)), preload);

/** How a command ended. */
export interface Result {
  readonly code: number | null;
  /** What `--json` printed. */
  readonly report: Report;
  /** All that a person is told. */
  readonly told: string;
}

/** How a command ended, what reached the server, and where the secrets are. */
export interface Seen {
  readonly exit: number | null;
  readonly code: string | null;
  readonly nextStep: string | null;
  /** Requests that reached the server, whatever became of them. */
  readonly posts: number;
  readonly deletes: number;
  /** The secrets that authenticate, oldest first. */
  readonly accepted: readonly string[];
  /** What the sink's file holds. */
  readonly sink: string;
}

/** How a command is started. */
export interface How {
  readonly environment?: Readonly<Record<string, string>>;
  /** How far the command's `Date` is ahead of the true time, in ms. */
  readonly ahead?: number;
  readonly node?: string;
}

const execute = promisify(execFile);
/** What `ps` prints of a process that is gone. */
const none = { stdout: "" };

/** A command that is running. */
export class Command {
  readonly #running: Running;
  readonly #speed: number;

  constructor(running: Running, speed: number) {
    this.#running = running;
    this.#speed = speed;
  }

  get pid(): number {
    return this.#running.child.pid ?? 0;
  }

  get ended(): Promise<Result> {
    return this.#running.ended.then(({ code, stdout, stderr }) => {
      const report: Report = stdout.startsWith("{") ? JSON.parse(stdout) : {};
      return { code, report, told: `${stdout}\n${stderr}` };
    });
  }

  /**
   * Stops the process, for so many milliseconds of the world if they are given; once it has nothing to do but to wait. What
   * arrives from then on is there when it wakes, beside timers that are over.
   */
  async freeze(milliseconds?: number): Promise<void> {
    for (let idle = 0; idle < 3 && !this.#running.hasEnded; await delay(10))
      idle = (await this.#state()).startsWith("S") ? idle + 1 : 0;
    this.#running.child.kill("SIGSTOP");
    await this.frozen();
    if (milliseconds !== undefined) setTimeout(() => this.wake(), milliseconds / this.#speed);
  }

  /** As `ps` shows it: S while it waits, T while it is stopped. */
  async #state(): Promise<string> {
    try {
      // Where there is such a file, no process has to be started to look.
      return /.*\) (\w)/s.exec(readFileSync(`/proc/${this.pid}/stat`, "latin1"))?.[1] ?? "";
    } catch {
      const { stdout } = await execute("ps", ["-o", "state=", "-p", String(this.pid)]).catch(() => none);
      return stdout;
    }
  }

  wake(): void {
    this.#running.child.kill("SIGCONT");
  }

  /** Ends what a test that failed has left. */
  end(): void {
    if (!this.#running.hasEnded) this.#running.child.kill("SIGKILL");
  }

  /** Waits until the process is stopped. */
  async frozen(): Promise<void> {
    while (!this.#running.hasEnded && !(await this.#state()).startsWith("T")) await delay(5);
  }
}

/** One operator's machine, and the server. */
export class World {
  readonly folder: string = mkdtempSync(join(tmpdir(), "cf-oauth-seen-"));
  readonly server: ScriptedServer;
  readonly #speed: number;
  readonly #origin = Date.now();
  readonly #commands: Command[] = [];
  #passed = 0;
  #isOver = false;

  private constructor(speed: number) {
    this.#speed = speed;
    this.server = new ScriptedServer(() => this.now(), speed, S0);
    writeFileSync(this.path("secret"), S0);
  }

  /** @param speed how many milliseconds of the world pass in one. */
  static async open(speed = 20): Promise<World> {
    const world = new World(speed);
    await world.server.start();
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const command of this.#commands) command.end();
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The world's time, in ms since the epoch. */
  now(): number {
    return this.#origin + (Date.now() - this.#origin) * this.#speed + this.#passed;
  }

  /** From when on a faster clock must have run to be so many ms ahead of the world's now. */
  #originFor(ahead: number): number {
    const shift = this.#passed + ahead;
    if (shift === 0) return this.#origin;
    if (this.#speed === 1) throw new Error("At its true speed no clock can be wrong here.");
    // Whole, as what a clock shows is.
    return this.#origin - Math.round(shift / (this.#speed - 1));
  }

  /** Lets time pass at once; no command may be running. */
  passes(milliseconds: number): void {
    this.#passed += milliseconds;
  }

  /** Waits for so many milliseconds of the world. */
  async wait(milliseconds: number): Promise<void> {
    await delay(milliseconds / this.#speed);
  }

  /** Waits until something is so, or the test is over. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.#isOver) await delay(3);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** What a sink's file holds. */
  read(name = "secret"): string {
    return readFileSync(this.path(name), "utf8");
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  write(name: string, text: string, mode = 0o600): void {
    writeFileSync(this.path(name), text, { mode });
  }

  start(words: readonly string[], { environment = {}, ahead = 0, node = process.execPath }: How = {}): Command {
    return this.#spawn(node, [program, ...words], ahead, environment);
  }

  /** Runs a command to its end, with `--json`. */
  run(words: readonly string[], how: How = {}): Promise<Result> {
    return this.start([...words, "--json"], how).ended;
  }

  /** Runs a command line as whoever copies it would; however the command is called in it. */
  async follow(line: string | null, how: How = {}): Promise<Result> {
    const words = /\b(rotate|resume|finish|adopt|recover) .*$/s.exec(line ?? "")?.[0];
    if (words === undefined) throw new Error(`${line} is no command line`);
    const script = `"$0" "$1" ${words} --json`;
    return this.#spawn("sh", ["-c", script, process.execPath, program], how.ahead ?? 0, how.environment ?? {}).ended;
  }

  #spawn(file: string, words: readonly string[], ahead: number, more: Readonly<Record<string, string>>): Command {
    const environment = {
      PATH: process.env.PATH ?? "",
      HOME: this.folder,
      CLOUDFLARE_BASE_URL: this.server.url,
      CLOUDFLARE_OAUTH_ISSUER: this.server.url,
      CLOUDFLARE_ACCOUNT_ID: accountId,
      CF_OAUTH_API_TOKEN: apiToken,
      CF_OAUTH_STATE_DIR: this.path("state"),
      NODE_OPTIONS: `--import=file://${preload}`,
      CLOCK_SPEED: String(this.#speed),
      CLOCK_ORIGIN: String(this.#originFor(ahead)),
      ...more,
    };
    const command = new Command(new Running(spawn(file, words, { cwd: this.folder, env: environment })), this.#speed);
    this.#commands.push(command);
    return command;
  }

  /** What a test compares at once, so that a failure shows all of it. */
  seen({ code: exit, report: { code, nextStep } }: Result): Seen {
    const { server } = this;
    const [posts, deletes] = [server.count("rotate"), server.count("delete")];
    return { exit, code, nextStep, posts, deletes, accepted: server.secrets, sink: this.read() };
  }

  /** The paths of a file journal's entries, oldest first. */
  #entries(stateDirectory: string): string[] {
    const folder = this.path(stateDirectory);
    if (!existsSync(folder)) return [];
    const sequence = (path: string) => Number(/(\d+)\.json$/.exec(path)?.[1]);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /(^|\/)\d+\.json$/.test(name))
      .map((name) => join(folder, name))
      .sort((a, b) => sequence(a) - sequence(b));
  }

  /** The latest entry of a file journal. */
  latest(stateDirectory = "state"): Partial<Entry> {
    const path = this.#entries(stateDirectory).at(-1);
    return path === undefined ? {} : JSON.parse(readFileSync(path, "utf8"));
  }

  /** Puts another entry in the place of the latest. */
  rewrite(change: (entry: Partial<Entry>) => object): void {
    const path = this.#entries("state").at(-1);
    if (path !== undefined) writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")))));
  }
}

export function sha256(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** The usual rotation, into a file. */
export const rotate: readonly string[] = ["rotate", clientId, "--to", "file:secret"];

/** A sink that takes secrets as soon as there is a file `open`, and keeps them in the same file. */
export const gated: readonly string[] = [
  "--to",
  "service=exec:if [ -e open ]; then cat >secret; else exit 1; fi",
  "--read-back",
  "service=cat secret",
];
