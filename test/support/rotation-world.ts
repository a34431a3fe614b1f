import { inspect } from "node:util";
import { vi } from "vitest";
import type { OAuthClientGetResponse } from "../../src/client/iam.ts";
import Cloudflare, { type ClientOptions } from "../../src/client/index.ts";
import { type Entry, journalKey, parseEntry } from "../../src/rotation/entry.ts";
import {
  adoptRotation,
  createOAuthClient,
  finishRotation,
  type Journal,
  MemoryJournal,
  type NextStep,
  type Rotation,
  RotationError,
  type RotationEvent,
  type RotationOptions,
  resumeRotation,
  rotateClientSecret,
  type Sink,
} from "../../src/rotation/index.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/index.ts";
import { noteMessage } from "./messages.ts";
import { newClient } from "./new-client.ts";

/** The client that every world has. */
export const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";

/** What an operator can begin with. */
export type Command = NextStep | "recover";

/** Where a process can be ended. `lost-*`: a request was sent, and its response never read. */
export type Point = "before" | "after" | "lost-applied" | "lost-late";

/** A moment in the life of a process. */
export interface Moment {
  /** For example `append issued`, `POST rotate`, `deliver`. */
  readonly what: string;
  readonly point: Point;
}

/** When, after it was sent, a late request is applied: within the time that the workflow waits for one, in ms. */
const late = 20_000;

/** Stands between a process and the server. */
export type Network = (
  /** For example `POST rotate_secret`, `GET a1b2…`, `POST token`. */
  what: string,
  send: (init?: RequestInit) => Promise<Response>,
  init: RequestInit,
) => Promise<Response>;

/** A server, a journal and a sink, which outlive the processes that use them. */
export class World {
  readonly sandbox: Sandbox;
  readonly journal: Journal;
  /** The client; one that a test creates has another id. */
  clientId: string = clientId;
  /** What the service uses; the old secret at first. */
  deployed: string;
  /** Moments at which no deployed secret was accepted, and who had just done what. */
  readonly outages: string[] = [];
  /** What passes between the processes and the server; as it is, unless a test puts something there. */
  network: Network = (_, send) => send();

  constructor(options: SandboxOptions = {}, journal: Journal = new MemoryJournal()) {
    this.sandbox = createSandbox(options);
    this.journal = journal;
    this.deployed = this.sandbox.secretsOf(clientId)[0] ?? "";
  }

  watch(what: string): void {
    // Before the first delivery of a client that is created, nothing is deployed.
    if (this.deployed !== "" && !this.sandbox.accepts(this.clientId, this.deployed)) this.outages.push(what);
  }

  get posts(): number {
    return this.sandbox.count("oauth-clients-rotate-secret");
  }

  get deletes(): number {
    return this.sandbox.count("oauth-clients-delete-rotated-secret");
  }

  /** The journal's latest entry. */
  async latest(): Promise<Entry | undefined> {
    const latest = await this.journal.latest(journalKey(this.sandbox.accountId, clientId));
    return latest && parseEntry(latest.entry);
  }

  /** The client of somebody else, who uses neither this journal nor this tool. */
  get elsewhere(): Elsewhere {
    const { accountId: account_id, apiToken, baseURL, fetch } = this.sandbox;
    const { oauthClients } = new Cloudflare({ apiToken, baseURL, fetch }).iam;
    return {
      rotate: async () => (await oauthClients.rotateSecret(this.clientId, { account_id })).client_secret ?? "",
      deleteOld: async () => void (await oauthClients.deleteRotatedSecret(this.clientId, { account_id })),
      rename: async (client_name) => void (await oauthClients.update(this.clientId, { account_id, client_name })),
      read: () => oauthClients.get(this.clientId, { account_id }),
    };
  }
}

/** What somebody else may do to the client. */
export interface Elsewhere {
  /** Resolves to the new secret. */
  rotate(): Promise<string>;
  deleteOld(): Promise<void>;
  rename(name: string): Promise<void>;
  /** The client as it is now. */
  read(): Promise<OAuthClientGetResponse>;
}

/** More moments than any run has: one that goes round in circles must fail its test, not hang it. */
const mostMoments = 2000;

/** One life of a process: everything that it does passes a point at which it can be ended, for good. */
export class Process {
  readonly world: World;
  /** Every moment that was passed. */
  readonly moments: Moment[] = [];
  readonly events: RotationEvent[] = [];
  /** Every request that was sent, in order, such as `POST rotate_secret`. */
  readonly sent: string[] = [];
  /** Called as each moment is passed. */
  onMoment: (moment: Moment, index: number) => void = () => {};
  /** Resolves when the process has been ended. */
  readonly ended: Promise<void>;
  readonly #crashAt: number;
  #end: () => void = () => {};
  #dead = false;

  /** @param crashAt the index of the moment at which it ends; by default it does not. */
  constructor(world: World, crashAt: number = Number.POSITIVE_INFINITY) {
    this.world = world;
    this.#crashAt = crashAt;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  run(
    command: Command,
    options: Partial<RotationOptions> = {},
    clientOptions: Partial<ClientOptions> = {},
  ): Promise<Rotation> {
    const { sandbox } = this.world;
    const client = new Cloudflare({
      apiToken: sandbox.apiToken,
      baseURL: sandbox.baseURL,
      fetch: (url, init) => this.#request(url, init),
      maxRetries: 0,
      // Short, since what was lost is waited for by reading again and again.
      timeout: 5000,
      ...clientOptions,
    });
    const perform = {
      rotate: rotateClientSecret,
      recover: rotateClientSecret,
      resume: resumeRotation,
      finish: finishRotation,
      // By what the service has.
      adopt: (...[client, target, options]: Parameters<typeof rotateClientSecret>) =>
        adoptRotation(client, target, { ...options, secret: this.world.deployed }),
      create: (...[client, { accountId }, options]: Parameters<typeof rotateClientSecret>) =>
        createOAuthClient(client, { account_id: accountId, ...newClient }, options),
    };
    return perform[command](
      client,
      { accountId: sandbox.accountId, clientId: this.world.clientId },
      {
        sinks: [this.#sink()],
        fetch: (url, init) => this.#request(url, init),
        onEvent: (event) => this.events.push(event),
        ...(command === "recover" && { acceptDowntime: true }),
        ...options,
        journal: this.#journal(options.journal),
      },
    );
  }

  /** Passes a moment; false if the process ends there. A process that has ended does nothing more, ever. */
  async #pass(what: string, point: Point): Promise<boolean> {
    if (this.#dead) await new Promise(() => {});
    if (this.moments.push({ what, point }) > mostMoments) throw new Error("The run does not come to an end.");
    this.onMoment({ what, point }, this.moments.length - 1);
    if (this.moments.length - 1 !== this.#crashAt) return true;
    this.#dead = true;
    this.#end();
    return false;
  }

  async #hang(): Promise<never> {
    return new Promise(() => {});
  }

  async #request(url: string, init: RequestInit): Promise<Response> {
    const { sandbox } = this.world;
    const what = `${init.method} ${new URL(url).pathname.split("/").at(-1)}`;
    const send = () => sandbox.fetch(url, { ...init, signal: null });
    if (!(await this.#pass(what, "before"))) return this.#hang();
    const isChange = url.endsWith("/rotate_secret") || what === "POST oauth_clients";
    if (isChange && !(await this.#pass(what, "lost-applied"))) {
      await send();
      this.world.watch(what);
      return this.#hang();
    }
    if (isChange && !(await this.#pass(what, "lost-late"))) {
      setTimeout(() => send().then(() => this.world.watch(`late ${what}`)), late);
      return this.#hang();
    }
    this.sent.push(what);
    const response = await this.world.network(what, (changed = init) => sandbox.fetch(url, changed), init);
    this.world.watch(what);
    return response;
  }

  #journal(journal: Journal = this.world.journal): Journal {
    return {
      latest: (key) => journal.latest(key),
      append: async (key, sequence, entry) => {
        const { phase, baseline, delivered } = JSON.parse(entry);
        // `issued` is written again with the baseline, and after each delivery.
        const what = `append ${phase}${phase === "issued" && (baseline || delivered.length) ? " again" : ""}`;
        if (!(await this.#pass(what, "before"))) return this.#hang();
        const won = await journal.append(key, sequence, entry);
        return (await this.#pass(what, "after")) ? won : this.#hang();
      },
      erase: async (key, before) => {
        if (!(await this.#pass("erase", "before"))) return this.#hang();
        await journal.erase(key, before);
        if (!(await this.#pass("erase", "after"))) return this.#hang();
      },
    };
  }

  #sink(): Sink {
    return {
      name: "service",
      deliver: async (secret) => {
        if (!(await this.#pass("deliver", "before"))) return this.#hang();
        this.world.deployed = secret;
        this.world.watch("deliver");
        if (!(await this.#pass("deliver", "after"))) return this.#hang();
      },
      readBack: async () => this.world.deployed,
    };
  }
}

/** WebCrypto calls under way. No timer tells of them, and they take their time on a thread of their own. */
let computing = 0;
function counted<Parameters extends unknown[], Result>(
  compute: (...parameters: Parameters) => Promise<Result>,
): (...parameters: Parameters) => Promise<Result> {
  return async (...parameters) => {
    computing++;
    try {
      return await compute(...parameters);
    } finally {
      computing--;
    }
  };
}
const { subtle } = crypto;
subtle.digest = counted(subtle.digest.bind(subtle));
subtle.sign = counted(subtle.sign.bind(subtle));
Object.assign(subtle, { importKey: counted(subtle.importKey.bind(subtle)) });

/** Lets the held clock run until a promise settles. */
export async function settle<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  for (let round = 0; !settled; round++) {
    if (round > 20_000) throw new Error("The run does not come to an end.");
    // What is not a timer needs real turns of the event loop: without them the clock would run ahead of it.
    for (let turn = 0; (turn < 3 || computing > 0) && !settled; turn++) await new Promise(setImmediate);
    if (!settled) await vi.advanceTimersToNextTimerAsync();
  }
  return promise;
}

/** A world whose rotation is at rest: the new secret is deployed and verified, and the old one waits to be deleted. */
export async function verified(...given: ConstructorParameters<typeof World>): Promise<World> {
  const world = new World(...given);
  await settle(new Process(world).run("rotate"));
  return world;
}

/** The error that a run ends with. */
export async function failure(run: Promise<unknown>): Promise<RotationError> {
  const end = await settle(run).catch((error: unknown) => error);
  if (end instanceof RotationError) {
    noteMessage(end.message);
    // A next step is a promise: it contains no consent (R16).
    if (!["create", "rotate", "resume", "finish", "adopt", undefined].includes(end.nextStep))
      throw new Error(`${end.nextStep} is no next step`);
    return end;
  }
  throw new Error(`The run did not end with a RotationError, but with ${inspect(end)}`);
}

/** The API's own refusal of a request. */
export function refusal(status: number, code = 1000, message = "no"): Response {
  return Response.json({ success: false, errors: [{ code, message }], messages: [], result: null }, { status });
}

/** Changes what reads of the client show, from now on. */
export function showing(world: World, change: (client: OAuthClientGetResponse) => OAuthClientGetResponse): void {
  const { network } = world;
  world.network = async (what, send, init) => {
    const response = await network(what, send, init);
    if (what !== `GET ${clientId}` || !response.ok) return response;
    const { headers } = response;
    const body = await response.json();
    return Response.json({ ...body, result: change(body.result) }, { headers: { date: headers.get("date") ?? "" } });
  };
}

/** Waits on the held clock. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The value that an error says can be accepted, of a client that was or may have been changed. */
export function changeNamedBy({ message }: Error): string | undefined {
  return /accept the (?:change|client as it is now:) (\S+?)\.?(?:\s|$)/.exec(message)?.[1];
}

/** Holds the clock: `setTimeout`, `Date` and `performance`, which are all that the workflow knows of time. */
export function holdClock(): void {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "Date", "performance"],
    now: Date.parse("2026-11-25T00:00:00Z"),
  });
}

/**
 * Does what the last error said comes next, again and again, as an operator would, until the rotation is done.
 *
 * @returns The commands, in order.
 */
export async function untilDone(
  world: World,
  options: Partial<RotationOptions> = {},
  first: Command = "resume",
): Promise<string[]> {
  const commands: string[] = [];
  let next = first;
  let acceptChange: string | undefined;
  for (let count = 0; count < 12; count++) {
    commands.push(next);
    try {
      const rotation: Rotation = await settle(new Process(world).run(next, { acceptChange, ...options }));
      if (rotation.phase === "done" && rotation.abandoned === undefined) return commands;
      // Verified without a baseline, it asks for a decision.
      next = rotation.nextStep ?? (rotation.phase === "verified" ? "finish" : "rotate");
    } catch (error) {
      if (!(error instanceof RotationError)) throw error;
      if (error.code === "no-rotation" && error.phase === "done") return commands;
      // Only a person can decide to accept a change that nothing shows, or to recover; these would.
      const isUnseen = error.message.startsWith("Nothing shows");
      if (isUnseen) acceptChange = changeNamedBy(error);
      else if (!error.nextStep && !/\brecover\b/.test(error.message)) throw error;
      next = error.nextStep ?? (isUnseen ? "finish" : "recover");
    }
  }
  throw new Error(`not done after ${commands.join(", ")}`);
}
