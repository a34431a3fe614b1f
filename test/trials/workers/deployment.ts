import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { NextStep, RotationErrorCode } from "../../../src/rotation/index.ts";
import { type Miniflare, startMiniflare } from "../../support/miniflare.ts";
import { bundleWorker, here } from "./project.ts";

/** What a deployment is made of. */
export interface DeploymentOptions {
  /** Where its storage is, which outlives it. */
  readonly folder: string;
  readonly clientIds: readonly string[];
  readonly accountId: string;
  readonly apiToken: string;
  readonly baseURL: string;
  readonly issuer: string;
  /** In minutes. */
  readonly overlap: number;
  /** Milliseconds; how long the vault takes each way, at most. */
  readonly latency: number;
}

/** A rotation, as the status route shows it. */
export interface Shown {
  readonly standing: "running" | "waiting" | "stopped" | "done";
  readonly tries: number;
  readonly nextTry?: string;
  readonly failure?: { readonly code: RotationErrorCode | "unexpected"; readonly nextStep?: NextStep };
  readonly rotation?: {
    readonly phase: string;
    readonly startedAt: string;
    readonly sha256?: string;
    readonly finishFrom?: string;
    readonly downtime?: number;
  };
}

/** As users configure it. */
const config = JSON.parse(readFileSync(join(here, "worker/wrangler.json"), "utf8"));
const statusToken = "status-token-of-this-test";
export const authorization = { Authorization: `Bearer ${statusToken}` };

/** The example Worker and its vault, in a workerd of their own, which is started again whenever it has died. */
export class Deployment {
  readonly clientIds: readonly string[];
  /** Where the Durable Objects store. */
  readonly objects: string;
  /** Where the vault does. */
  readonly vault: string;
  /** All that was ever printed, and answered. */
  readonly said: string[] = [];
  /** The phase of each client's rotation, as it was last logged. */
  readonly phases = new Map<string, string>();
  /** The failure of each client's rotation since then, as it was logged. */
  readonly failures = new Map<string, { readonly code: string; readonly nextStep?: NextStep }>();
  /** When something was last logged of a client, by `performance.now()`. */
  readonly heard = new Map<string, number>();
  readonly #miniflare: Miniflare;
  /** Marks its workerd, in the environment. */
  readonly #mark: string;
  /** One at a time. */
  #killed: Promise<void> = Promise.resolve();
  #restarted: () => void = () => undefined;

  private constructor(options: DeploymentOptions, script: string, vault: string) {
    const { folder, clientIds, accountId, apiToken, baseURL, issuer, overlap, latency } = options;
    this.objects = join(folder, "objects");
    this.vault = join(folder, "vault");
    this.clientIds = clientIds;
    this.#mark = `DEPLOYMENT=${folder}`;
    const [rotations] = config.durable_objects.bindings;
    const [service] = config.services;
    const compatibilityDate = config.compatibility_date;
    this.#miniflare = startMiniflare({
      durableObjectsPersist: this.objects,
      kvPersist: this.vault,
      handleRuntimeStdio: (...streams: Readable[]) => {
        for (const input of streams) createInterface({ input }).on("line", (line) => this.#log(line));
      },
      unsafeHandleRuntimeRestart: () => this.#restarted(),
      unsafeRuntimeEnv: { DEPLOYMENT: folder },
      workers: [
        {
          name: config.name,
          modules: true,
          script,
          compatibilityDate,
          durableObjects: {
            [rotations.name]: {
              className: rotations.class_name,
              useSQLite: config.migrations[0].new_sqlite_classes.includes(rotations.class_name),
            },
          },
          serviceBindings: { [service.binding]: { name: service.service, entrypoint: service.entrypoint } },
          bindings: {
            ACCOUNT_ID: accountId,
            CLIENT_IDS: clientIds.join(" "),
            OVERLAP: overlap,
            CLOUDFLARE_API_TOKEN: apiToken,
            STATUS_TOKEN: statusToken,
            JOURNAL_KEY: Buffer.alloc(32, 7).toString("base64"),
            BASE_URL: baseURL,
            ISSUER: issuer,
            FIRST_DELAY: 100,
            LONGEST_DELAY: 1000,
          },
        },
        {
          name: service.service,
          modules: true,
          script: vault,
          compatibilityDate,
          kvNamespaces: ["SECRETS"],
          bindings: { LATENCY: latency },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
      ],
    });
  }

  static async start(options: DeploymentOptions): Promise<Deployment> {
    const [script, vault] = await Promise.all([bundleWorker(config.main), bundleWorker("vault.ts")]);
    const deployment = new Deployment(options, script, vault);
    await deployment.#miniflare.ready;
    return deployment;
  }

  /** Ends workerd by SIGKILL, and waits until miniflare has started another one. */
  kill(): Promise<void> {
    this.#killed = this.#killed.then(async () => {
      const restarted = new Promise<void>((resolve) => {
        this.#restarted = resolve;
      });
      process.kill(this.#pid(), "SIGKILL");
      await restarted;
    });
    return this.#killed;
  }

  /** Runs the cron trigger's handler. Its response may be lost with a kill, which the alarms must outlast. */
  async cron(): Promise<void> {
    const before = this.#killed;
    try {
      const worker = await this.#miniflare.getWorker(config.name);
      const { outcome } = await worker.scheduled({ cron: config.triggers.crons[0] });
      if (outcome !== "ok") throw new Error(`The cron trigger ended with ${outcome}.`);
    } catch (error) {
      if (this.#killed === before) throw error;
    }
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(new URL(path, await this.#miniflare.ready), init);
    this.said.push(await response.clone().text());
    return response;
  }

  /** All rotations, by client. */
  async status(): Promise<Map<string, Shown | null>> {
    const response = await this.fetch("/rotations", { headers: authorization });
    if (!response.ok) throw new Error(`The status route answered ${response.status}.`);
    return new Map(Object.entries(await response.json()));
  }

  /** Asks for a rotation, or goes on with one that has stopped. */
  async ask(clientId: string, decisions: object = {}): Promise<void> {
    const init = { method: "POST", headers: authorization, body: JSON.stringify(decisions) };
    const { status } = await this.fetch(`/rotations/${clientId}`, init);
    if (status !== 202) throw new Error(`The route answered ${status}.`);
  }

  /** The secret that the vault holds; empty if there is none. */
  async stored(clientId: string): Promise<string> {
    const url = await this.#miniflare.unsafeGetDirectURL(config.services[0].service);
    return (await fetch(new URL(clientId, url))).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#miniflare.dispose();
  }

  /** Its workerd: the child of this process that bears its mark. */
  #pid(): number {
    const threads = readdirSync("/proc/self/task");
    const children = threads.flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" "));
    const pid = children.find((child) => child && environmentOf(child).includes(this.#mark));
    if (pid === undefined) throw new Error("No workerd of this deployment runs.");
    return Number(pid);
  }

  #log(line: string): void {
    this.said.push(line);
    try {
      const { clientId, type, phase, code, nextStep } = JSON.parse(line);
      this.heard.set(clientId, performance.now());
      if (type === "phase") {
        this.phases.set(clientId, phase);
        this.failures.delete(clientId);
      }
      if (code) this.failures.set(clientId, { code, nextStep });
    } catch {
      // Not of the Worker.
    }
  }
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // It has ended meanwhile.
  }
}
