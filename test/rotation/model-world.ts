import { vi } from "vitest";
import Cloudflare from "../../src/client/index.ts";
import { type Journal, MemoryJournal } from "../../src/rotation/index.ts";
import { createSandbox, type Sandbox, type SandboxOptions, type SandboxRequest } from "../../src/sandbox/index.ts";
import { type Directory, type Doings, Ledger, type Service } from "./model-ledger.ts";
import { OperatorProcess, type Order } from "./model-process.ts";
import { clientId } from "./world.ts";

/** How a world behaves. */
export interface WorldOptions extends SandboxOptions {
  /** Milliseconds that a request is on its way to the server. */
  readonly way: number;
  /** Whether both directories deploy to the same service. */
  readonly isServiceShared: boolean;
}

/** One sandbox, two state directories, and whoever works with them. */
export class ModelWorld {
  readonly sandbox: Sandbox;
  readonly directories: readonly (Directory & { readonly journal: Journal; shown?: { value: string; at: number } })[];
  readonly ledger: Ledger;
  /** The processes of the operators, by operator. */
  readonly running = new Map<number, OperatorProcess>();
  /** How runs ended: `done`, `verified`, or the code of an error. */
  readonly ends: string[] = [];
  readonly #options: WorldOptions;
  #arriving: Promise<unknown> = Promise.resolve();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.sandbox = createSandbox(options);
    const deployed = this.sandbox.secretsOf(clientId)[0] ?? "";
    const services: Service[] = [{ deployed }, { deployed }];
    this.directories = ["laptop", "pipeline"].map((name, index) => ({
      name,
      journal: new MemoryJournal(),
      service: services[options.isServiceShared ? 0 : index] ?? { deployed },
    }));
    this.ledger = new Ledger(this.sandbox, options, this.directories);
  }

  directory(index: number): ModelWorld["directories"][number] {
    const directory = this.directories[index];
    if (!directory) throw new Error(`There is no directory ${index}.`);
    return directory;
  }

  /** Starts a process; it goes on as time passes. */
  start(operator: number, index: number, order: Order): OperatorProcess {
    const directory = this.directory(index);
    const process = new OperatorProcess(this, directory, order);
    this.running.set(operator, process);
    const gone = () => this.running.get(operator) === process && this.running.delete(operator);
    process.end.then(gone);
    return process;
  }

  /** What somebody does who uses no journal: nothing goes wrong on the way. */
  async elsewhere(what: "rotate" | "delete" | "rename"): Promise<void> {
    const { accountId: account_id, apiToken, faults } = this.sandbox;
    const fetch = async (url: string, init: RequestInit) => {
      const pending = faults.splice(0);
      try {
        return await this.request(undefined, url, init);
      } finally {
        faults.push(...pending);
      }
    };
    const { oauthClients } = new Cloudflare({ apiToken, fetch, maxRetries: 0 }).iam;
    const doing = {
      rotate: () => oauthClients.rotateSecret(clientId, { account_id }),
      delete: () => oauthClients.deleteRotatedSecret(clientId, { account_id }),
      rename: () => oauthClients.update(clientId, { account_id, client_name: `Renamed at ${Date.now()}` }),
    };
    // Where a second rotation is refused, so is this one.
    await this.elapse(60_000, Promise.allSettled([doing[what]()]));
    if (what === "rename") this.ledger.renamed();
  }

  /** Somebody puts the secret of a journal into its service by hand. */
  deployAgain(index: number): void {
    const directory = this.directory(index);
    const { entry, service } = directory;
    if (entry?.secret === undefined) return;
    service.deployed = entry.secret;
    service.by = directory;
  }

  /** Lets time pass: so long, or until something has settled. */
  async elapse(milliseconds: number, until?: Promise<unknown>): Promise<void> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    const timer = setTimeout(over, milliseconds);
    until?.then(over, over);
    for (;;) {
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      this.ledger.observe();
      if (isOver) break;
      await vi.advanceTimersToNextTimerAsync();
    }
    clearTimeout(timer);
  }

  /** Brings a request to the server and its answer back, and has the ledger see what it does. */
  async request(doings: Doings | undefined, url: string, init: RequestInit): Promise<Response> {
    const method = init.method === "POST" || init.method === "DELETE" ? init.method : undefined;
    const change = method && url.endsWith("/rotate_secret") ? this.ledger.sends(doings, method) : undefined;
    const what = url.endsWith(`/oauth_clients/${clientId}`) ? "GET client" : `${init.method} ${url}`;
    if (doings) doings.lastSent = what;
    if (this.#options.way > 0) await new Promise((resolve) => setTimeout(resolve, this.#options.way));
    const arrival = this.#arriving.then(() => this.#arrive(url, init));
    this.#arriving = arrival;
    const { request, answer } = await arrival;
    if (change) change.request = request;
    this.ledger.observe();
    const response = await answer;
    if (change) change.answered = response.status < 500;
    const answered = `${request.operation} ${response.status}`;
    if (doings && ["token 400", "revocation 200"].includes(answered) && request.secret !== undefined)
      doings.accepted.set(request.secret, (doings.accepted.get(request.secret) ?? 0) + 1);
    return response;
  }

  /** One after the other, so that each is known by its place among the sandbox's requests. */
  async #arrive(url: string, init: RequestInit): Promise<{ request: SandboxRequest; answer: Promise<Response> }> {
    const { requests } = this.sandbox;
    const place = requests.length;
    const answer = this.sandbox.fetch(url, init);
    answer.catch(() => undefined);
    for (let turn = 0; turn < 1000; turn++) {
      const request = requests[place];
      if (request) return { request, answer };
      await Promise.resolve();
    }
    throw new Error("The request did not arrive.");
  }
}
