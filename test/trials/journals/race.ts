import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Report } from "../../../src/cli/attempt/report.ts";
import type { Store } from "../../../src/cli/commands/journal-recipes.ts";
import { clientId, type Ended, end, Place, program } from "../../support/command.ts";
import { journalCommand } from "../../support/journal-command.ts";
import { compileCache, Recipe } from "../../support/journal-recipe.ts";
import { openServer } from "./open-server.ts";

/** Where both runners are held until the other has come. */
export type Held = "at the start" | "before the first entry";

export interface Round {
  readonly held: Held;
  /** The recipe that keeps the journal; none: the simplest command. */
  readonly store: Store | undefined;
}

/** What came of a round. */
export interface Ending {
  /** Secrets that were made. */
  readonly begun: number;
  /** What the runner was told that did not begin. */
  readonly other: string;
  /** 1 if what it was told to do next led to the end, with one live secret. */
  readonly done: number;
  /** What must not be. */
  readonly faults: readonly string[];
  readonly log: string;
}

const runners = ["one", "two"];
const key = Buffer.alloc(32, 7).toString("base64");
/** By which a runner is told that another has begun. */
const told = ["locked", "rotation-in-progress"];
/** Commands after which a rotation counts as stuck. */
const patience = 4;

/** Lets two race for one rotation, and follows what the one was told that has not begun it. */
export async function playRound(round: Round): Promise<Ending> {
  await using place = await Place.open();
  const server = round.store && (await openServer[round.store]?.());
  const recipe = round.store && new Recipe(round.store, server?.environment);
  try {
    const command = recipe?.command() ?? journalCommand(place.path("journal.sh"), place.path("store"));
    return await new Race(place, command).run(round.held);
  } finally {
    recipe?.close();
    await server?.close();
  }
}

class Race {
  readonly #place: Place;
  readonly #journal: string;
  readonly #faults: string[] = [];
  #log = "";

  constructor(place: Place, journal: string) {
    this.#place = place;
    this.#journal = journal;
    mkdirSync(place.path("bin"));
    writeFileSync(place.path("bin/cf-oauth"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
    chmodSync(place.path("bin/cf-oauth"), 0o755);
  }

  async run(held: Held): Promise<Ending> {
    const reports = await this.#race(held);
    const place = this.#place;
    const begun = place.posts;
    if (begun !== 1) this.#faults.push(`${begun} secrets were made`);
    const others = reports.filter(({ code }) => code !== null);
    const [other, more] = others;
    if (more) this.#faults.push("neither came to its end");
    if (other && !(other.exitCode === 4 && told.includes(other.code ?? "")))
      this.#faults.push(`the other ended with ${other.code} (${other.exitCode})`);
    for (const { phase, exitCode } of reports)
      if (exitCode === 0 && phase !== "verified") this.#faults.push(`a runner came to its end at ${phase}`);
    // Nobody has been told anything else where the other came so late that it found the rotation at rest.
    const isDone = await this.#follow(other ?? reports[1]);
    return {
      begun,
      other: other?.code ?? "where it stands",
      done: isDone ? 1 : 0,
      faults: this.#faults,
      log: this.#log,
    };
  }

  async #race(held: Held): Promise<Report[]> {
    const place = this.#place;
    const start = await startingLine(held === "at the start" ? runners.length : 0);
    if (held === "before the first entry") this.#holdProbes();
    const ended = await Promise.all(
      runners.map((runner) => {
        const sink = `file:${place.path(`secret-${runner}`)}`;
        const words = ["rotate", clientId, "--to", `${runner}=${sink}`, "--json", "--quiet"];
        return end(place.start(words, this.#environment(runner, start.port)));
      }),
    );
    start.close();
    return ended.map((one, index) => this.#took(`${runners[index]} rotates`, one));
  }

  /** The control is the last request before the first entry: both have seen by then that there is none. */
  #holdProbes(): void {
    const { sandbox } = this.#place;
    const { fetch } = sandbox;
    const bothHaveCome = gathering(runners.length);
    Object.assign(sandbox, {
      fetch: async (url: string, init: RequestInit) => {
        if (url.endsWith("/token")) await bothHaveCome();
        return fetch(url, init);
      },
    });
  }

  #environment(runner: string, port = 0): Record<string, string> {
    const preload = new URL("held-runner.ts", import.meta.url).href;
    return {
      ...this.#place.environment,
      PATH: `${this.#place.path("bin")}:${process.env.PATH}`,
      NODE_OPTIONS: `--import=${preload} --disable-warning=ExperimentalWarning`,
      FASTER_ORIGIN: String(started),
      NODE_COMPILE_CACHE: compileCache,
      ...(port > 0 && { RELEASE_PORT: String(port) }),
      CF_OAUTH_STATE_DIR: this.#place.path(runner),
      CF_OAUTH_JOURNAL: `exec:${this.#journal}`,
      CF_OAUTH_JOURNAL_KEY: key,
    };
  }

  #took(what: string, { code, stdout, stderr }: Ended): Report {
    this.#log += `$ ${what}\n${stdout}${stderr}`;
    if (stdout === "") throw new Error(`${code}, and no report:\n${this.#log}`);
    const report: Report = JSON.parse(stdout);
    if (report.exitCode !== code) this.#faults.push(`ended with ${code}, and reports ${report.exitCode}`);
    return report;
  }

  /** Whether the command lines that are printed lead to the end, typed into a shell. */
  async #follow(first: Report | undefined): Promise<boolean> {
    const { sandbox } = this.#place;
    let report = first;
    for (let count = 0; report?.nextCommand && count < patience; count++) {
      const line = `${report.nextCommand} --json --quiet`;
      const options = { cwd: this.#place.folder, env: this.#environment("two") };
      report = this.#took(
        line,
        await end(spawn("sh", ["-c", line], { ...options, stdio: ["ignore", "pipe", "pipe"] })),
      );
    }
    const secrets = sandbox.secretsOf(clientId);
    const delivered = runners.flatMap((runner) => this.#deliveredTo(runner));
    const isDone = report?.phase === "done" && report.exitCode === 0;
    if (!isDone) this.#faults.push(`what comes next led to ${report?.phase ?? report?.code}`);
    if (secrets.length !== 1 || delivered.length !== 1 || secrets[0] !== delivered[0])
      this.#faults.push(`${secrets.length} live secrets, ${delivered.length} delivered`);
    return this.#faults.length === 0;
  }

  #deliveredTo(runner: string): string[] {
    try {
      return [readFileSync(this.#place.path(`secret-${runner}`), "utf8")];
    } catch {
      return [];
    }
  }
}

/** All processes agree on the faster time. */
const started = Date.now();

/** Resolves for all when so many have come; those who come later need not wait. */
function gathering(count: number): () => Promise<void> {
  let come = 0;
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return () => {
    if (++come === count) release();
    return released;
  };
}

/** A port on which so many connections are answered at once, by one byte. */
async function startingLine(count: number): Promise<{ readonly port: number; readonly close: () => void }> {
  if (count === 0) return { port: 0, close: () => undefined };
  const waiting: Socket[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    waiting.push(socket);
    if (waiting.length === count) for (const one of waiting) one.end("!");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
