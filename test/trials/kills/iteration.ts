import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { serveSandbox } from "../../../src/cli/session/sandbox-server.ts";
import { FileJournal } from "../../../src/node/index.ts";
import { creationLog } from "../../../src/rotation/creation-log.ts";
import { inspectRotation, type RotationState, type Target } from "../../../src/rotation/index.ts";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.ts";
import { bundleForNode } from "../../support/bundle.ts";
import { speedUpDate } from "../../support/faster-clock.ts";
import { newClient } from "../../support/new-client.ts";
import type { Random } from "../../support/random.ts";
import type { ChildReport, ChildTask, Command } from "./child.ts";

/** What the operator begins with: a new secret for a client, or a new client. */
export type Beginning = "rotate" | "create";

/** What came of one rotation, or of one creation. */
export interface Outcome {
  /** Where the journal stood at each kill. */
  readonly kills: readonly string[];
  readonly posts: number;
  readonly deletes: number;
  /** How many of the new secrets nobody ever held, since the response was lost or a kill came between the POST and the journal. */
  readonly answersLost: number;
  /** The things that happened in the first process. */
  readonly events: number;
  /** What must not be. */
  readonly faults: readonly string[];
}

/**
 * The workflow's waits are made for a service far away: its request time-out of a minute becomes 2.4 s here, the 30 s that a
 * read may lag 1.2 s, and the two minutes until a lost request must show 4.8 s. No faster, since a read of the client before
 * a DELETE must not take longer than a second, which becomes 40 ms.
 */
const speed = 25;
const behaviours = ["keep", "refuse", "replace"] as const;
const rotated = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
/** Commands after which a rotation counts as stuck. */
const patience = 40;

/** One rotation or creation, from the first process to the last. */
class Iteration {
  readonly #beginning: Beginning;
  readonly #random: Random;
  readonly #sandbox: Sandbox;
  readonly #folder: string;
  readonly #behaviour: (typeof behaviours)[number];
  readonly #finish: boolean;
  readonly #usualEvents: number;
  readonly #latency: number;
  readonly kills: string[] = [];
  readonly faults: string[] = [];
  recoveries = 0;
  /** How many responses to a POST or a DELETE were lost on their way. */
  #lost = 0;
  /** The new secrets, by digest, and whether a journal has ever held each. */
  readonly #issued = new Map<string, boolean>();
  /** The deployed secret that a recovery may leave refused until another is deployed. */
  #givenUp: string | undefined;
  #process: ChildProcess | undefined;
  /** What has happened in the process, and how much of it was a POST or a DELETE that came or was answered. */
  #happenings = { any: 0, change: 0 };
  #killAt: { readonly kind: "any" | "change"; readonly index: number } | undefined;

  constructor(beginning: Beginning, random: Random, usualEvents: number, folder: string, issuer: string) {
    this.#beginning = beginning;
    this.#random = random;
    this.#folder = folder;
    this.#behaviour = random.pick(behaviours);
    this.#finish = usualEvents === 0 || random.fraction() < 0.5;
    this.#usualEvents = usualEvents;
    this.#latency = random.fraction() * 3;
    this.#sandbox = createSandbox({
      issuer: { url: issuer },
      ...(beginning === "create" && { clients: [] }),
      onSecondRotation: this.#behaviour,
      // By the server's clock, which is as fast.
      readLag: random.pick([0, 20 * speed]),
      latency: this.#latency,
    });
    if (beginning === "rotate") writeFileSync(this.#sink, this.#sandbox.secretsOf(rotated)[0] ?? "");
  }

  /** The sandbox, as it is served: with somebody who watches what comes and goes. */
  get watched(): Sandbox {
    return {
      ...this.#sandbox,
      fetch: async (input, init) => {
        const isChange = init?.method !== "GET" && /\/(oauth_clients|rotate_secret)$/.test(String(input));
        this.#happened(isChange);
        const isLost = isChange && this.#losesResponse();
        try {
          if (isLost && this.#random.fraction() < 0.5) throw new Error("The request is lost.");
          const response = await this.#sandbox.fetch(input, init);
          if (isLost) throw new Error("The response is lost.");
          return response;
        } finally {
          const [oldest, ...others] = this.#clientId ? this.#sandbox.secretsOf(this.#clientId) : [];
          for (const secret of this.#beginning === "create" && oldest ? [oldest, ...others] : others)
            if (!this.#issued.has(digest(secret))) this.#issued.set(digest(secret), false);
          this.#happened(isChange);
        }
      },
    };
  }

  /** Where a client is created; but rarely, so that it is created in the end. */
  #losesResponse(): boolean {
    const isLost = this.#beginning === "create" && this.#usualEvents > 0 && this.#random.fraction() < 0.08;
    if (isLost) this.#lost++;
    return isLost;
  }

  /** The clients of the name that `create` is given. */
  get #created(): string[] {
    const named = this.#sandbox.clients().filter(({ client_name }) => client_name === newClient.client_name);
    return named.map(({ client_id = "" }) => client_id);
  }

  /** The client; undefined before it is created. */
  get #clientId(): string | undefined {
    return this.#beginning === "create" ? this.#created[0] : rotated;
  }

  get #sink(): string {
    return join(this.#folder, "secret");
  }

  get #journal(): string {
    return join(this.#folder, "journal");
  }

  /** What the service reads; undefined before anything was deployed. */
  get #deployed(): string | undefined {
    return existsSync(this.#sink) ? readFileSync(this.#sink, "utf8") : undefined;
  }

  /** The log of a client that does not exist yet is that of its creation. */
  async #target(): Promise<Target> {
    return {
      accountId: this.#sandbox.accountId,
      clientId: this.#clientId ?? (await creationLog(newClient.client_name)),
    };
  }

  /** A request came, or was answered, or the process told of something: a moment to look, and perhaps to kill. */
  #happened(isChange = false): void {
    const deployed = this.#deployed;
    const isUsed = deployed !== undefined && deployed !== this.#givenUp;
    if (isUsed && !this.#sandbox.accepts(this.#clientId ?? "", deployed))
      this.faults.push("the deployed secret was refused");
    const { kind = "any", index } = this.#killAt ?? {};
    const isTheMoment = this.#happenings[kind] === index && (kind === "any" || isChange);
    this.#happenings.any++;
    if (isChange) this.#happenings.change++;
    if (!isTheMoment) return;
    const process = this.#process;
    // At once, or within the time until the next thing happens.
    if (this.#random.fraction() < 0.5) process?.kill("SIGKILL");
    else setTimeout(() => process?.kill("SIGKILL"), this.#random.fraction() * (this.#latency + 2));
  }

  /** A moment among all, or, since those count for more, just before or after a POST or a DELETE is answered. */
  #chooseMoment(isFirst: boolean): void {
    // A process that only does the one half, or the rest, has half as many.
    const part = isFirst && this.#finish ? 1 : 0.5;
    const [kind, count] =
      this.#random.fraction() < 0.6 ? (["any", this.#usualEvents] as const) : (["change", 4] as const);
    this.#killAt = { kind, index: Math.floor(this.#random.fraction() * part * count) };
  }

  /** Performs commands, each in a process of its own, until the rotation is done. */
  async run(baseURL: string): Promise<Outcome> {
    let events = 0;
    let reason = "";
    let next: Command | undefined = this.#beginning;
    let accepted: string | undefined;
    for (let count = 0; next; count++) {
      if (count === patience) {
        this.faults.push(`stuck, with ${next} as the next step: ${reason}`);
        break;
      }
      if (next === "recover") this.#recovers();
      this.#killAt = undefined;
      const isFirst = count === 0;
      if (this.#usualEvents > 0 && (isFirst || this.#random.fraction() < 0.75)) this.#chooseMoment(isFirst);
      const report = await this.#perform(next, accepted, baseURL);
      events ||= this.#happenings.any;
      const state = await this.#look();
      if (report) {
        reason = `${report.code}, ${report.message}`;
        accepted = acceptedChange(report);
        next = isDone(state)
          ? undefined
          : (decision(report, state) ?? report.nextStep ?? state?.nextStep ?? this.#beginning);
      } else {
        this.kills.push(this.#standing(state));
        // Even if it is done: what was to be erased may still be there, until somebody opens the log again.
        const continued = state?.nextStep ?? (isDone(state) ? "finish" : this.#beginning);
        next = this.#random.fraction() < 0.7 ? continued : this.#repeated(continued);
        accepted = undefined;
      }
    }
    await this.#check();
    const { posts, deletes, answersLost } = this.#counts();
    return { kills: this.kills, posts: posts.length, deletes, answersLost, events, faults: this.faults };
  }

  /** A creation may be repeated at any time, too. */
  #repeated(continued: Command): Command {
    return this.#beginning === "create" ? "create" : continued;
  }

  #recovers(): void {
    this.recoveries++;
    // Where the server keeps several secrets, even that need not leave a service without.
    if (this.#behaviour !== "keep" || this.recoveries >= kept - 1) this.#givenUp = this.#deployed;
  }

  /** @returns Undefined if the process was killed. */
  async #perform(
    command: Command,
    acceptChange: string | undefined,
    baseURL: string,
  ): Promise<ChildReport | undefined> {
    const task: ChildTask = {
      command,
      acceptChange,
      finish: this.#finish,
      target: await this.#target(),
      apiToken: this.#sandbox.apiToken,
      baseURL,
      issuer: this.#sandbox.issuer,
      journal: this.#journal,
      sink: this.#sink,
      speed,
      origin: started,
    };
    this.#happenings = { any: 0, change: 0 };
    this.#process = spawn(process.execPath, [program, JSON.stringify(task)], { stdio: ["ignore", "pipe", "inherit"] });
    const { stdout } = this.#process;
    if (!stdout) throw new Error("The child has no output.");
    const exited = once(this.#process, "exit");
    let last = "";
    for await (const line of createInterface(stdout)) {
      last = line;
      this.#happened();
    }
    const [code, signal] = await exited;
    if (signal === "SIGKILL") return undefined;
    if (code !== 0) {
      this.faults.push(`${command} ended with exit code ${code}`);
      return {};
    }
    return JSON.parse(last);
  }

  /** What the journal says, as an operator would see it; it is also where a new secret is held. */
  async #look(): Promise<RotationState | undefined> {
    const journal = new FileJournal(this.#journal);
    const { accountId, clientId } = await this.#target();
    // A client whose response was lost has no log yet.
    const keys = [clientId, await creationLog(newClient.client_name)];
    let state: RotationState | undefined;
    for (const key of keys) state ??= await inspectRotation({ accountId, clientId: key }, { journal });
    if (state?.sha256 !== undefined) this.#issued.set(state.sha256, true);
    return state;
  }

  #standing(state: RotationState | undefined): string {
    if (state?.phase !== "requesting") return state?.phase ?? "none";
    return [...this.#issued.values()].at(-1) === false ? "requesting (applied)" : "requesting";
  }

  #counts() {
    const operations = ["oauth-clients-rotate-secret", "oauth-clients-create"];
    const posts = this.#sandbox.requests.filter(({ operation }) => operations.includes(operation));
    const deletes = this.#sandbox.count("oauth-clients-delete-rotated-secret");
    const answersLost = [...this.#issued.values()].filter((held) => !held).length;
    return { posts, deletes, answersLost };
  }

  /** What must be true in the end. */
  async #check(): Promise<void> {
    if (this.#beginning === "create" && this.#created.length !== 1)
      this.faults.push(`${this.#created.length} clients of the name`);
    const live = this.#sandbox.secretsOf(this.#clientId ?? "");
    if (live.length !== 1) this.faults.push(`${live.length} secrets are live`);
    if (live[0] !== this.#deployed) this.faults.push("the live secret is not what is deployed");
    const left: string[] = [];
    for (const path of await readdir(this.#journal, { recursive: true, withFileTypes: true }))
      if (path.isFile() && (await readFile(join(path.parentPath, path.name), "utf8")).includes("sandbox-secret-"))
        left.push(path.name);
    if (left.length > 0) this.faults.push(`the journal still has a secret, in ${left.join(", ")}`);

    // One POST, and one for each secret whose response was lost. Where a second secret is refused, each recovery tries that
    // first, and makes room by a DELETE.
    const { posts, deletes, answersLost } = this.#counts();
    const applied = posts.filter((post) => post.applied).length;
    if (applied !== 1 + answersLost) this.faults.push(`${applied} POSTs applied, ${answersLost} answers lost`);
    const explained = this.#lost + this.kills.filter((standing) => standing === "requesting (applied)").length;
    if (answersLost > explained)
      this.faults.push(`${answersLost} answers lost, ${explained} of them by kill or network`);
    // A lost request counts as none that was applied, and a DELETE whose response is lost is repeated.
    if (this.#beginning === "create") return;
    const refused = posts.length - applied;
    if (refused > (this.#behaviour === "refuse" ? this.recoveries : 0))
      this.faults.push(`${refused} POSTs refused in ${this.recoveries} recoveries`);
    if (deletes !== 1 + (this.#behaviour === "refuse" ? answersLost : 0))
      this.faults.push(`${deletes} DELETEs, ${answersLost} answers lost`);
  }
}

/** The most secrets that the sandbox keeps: one more, and the deployed one is no longer among them. */
const kept = 5;
const started = Date.now();
// The server's clock and those of the processes agree.
speedUpDate(speed, started);
/** What the processes run: in one file, since they are many, and what they run must not change meanwhile. */
const program = join(await mkdtemp(join(tmpdir(), "kills-program-")), "child.mjs");
process.on("exit", () => rmSync(dirname(program), { recursive: true, force: true }));
await bundleForNode(fileURLToPath(new URL("child.ts", import.meta.url)), program);

/**
 * Rotates a secret, or creates a client, by processes that are killed at random moments, and resumes until it is done.
 *
 * @param events how many things happen in a process that is not killed, to choose the moment among; 0 kills none.
 */
export async function iterate(beginning: Beginning, random: Random, events: number): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "kills-"));
  let iteration: Iteration | undefined;
  const served = await serveSandbox((issuer) => {
    iteration = new Iteration(beginning, random, events, folder, issuer);
    return iteration.watched;
  });
  try {
    if (!iteration) throw new Error("No sandbox was made.");
    return await iteration.run(served.apiURL);
  } finally {
    await served.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a person decides where there is no next step; by what the message says. */
function decision({ code, nextStep, ...report }: ChildReport, state: RotationState | undefined): Command | undefined {
  if (nextStep !== undefined) return undefined;
  // Nobody has the secret: the only sink would be read.
  if (code === "secret-missing") return "recover";
  // Nor when a recovery was given up, as on a machine that is too slow for it.
  if (code === "rotation-in-progress" && state?.abandoned !== undefined && state.acceptDowntime) return "recover";
  if (acceptedChange(report) === undefined) return undefined;
  return state?.phase === "verified" || state?.phase === "finishing" ? "finish" : "resume";
}

function acceptedChange({ message = "" }: ChildReport): string | undefined {
  return /accept the (?:change|client as it is now:) (\S+)\.$/.exec(message)?.[1];
}

function isDone(state: RotationState | undefined): boolean {
  return state?.phase === "done" && state.abandoned === undefined;
}

function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
