/**
 * A process that performs one command of a rotation, as its argument says: a `ChildTask` in JSON. It prints a line for
 * each thing that happens, and last a `ChildReport` in JSON. It does nothing to survive being killed.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import Cloudflare from "../../../src/client/index.ts";
import { FileJournal } from "../../../src/node/index.ts";
import {
  adoptRotation,
  createOAuthClient,
  finishRotation,
  type NextStep,
  RotationError,
  type RotationErrorCode,
  resumeRotation,
  rotateClientSecret,
  type Sink,
  type Target,
} from "../../../src/rotation/index.ts";
import { speedUp } from "../../support/faster-clock.ts";
import { newClient } from "../../support/new-client.ts";

/** What an operator does: what comes next by itself, or what a person has decided. */
export type Command = NextStep | "recover";

export interface ChildTask {
  readonly command: Command;
  /** The `updated_at` (or `none`) of a changed client that a person has accepted. */
  readonly acceptChange?: string | undefined;
  /** Whether to delete the old secret in the same run. */
  readonly finish: boolean;
  readonly target: Target;
  readonly apiToken: string;
  readonly baseURL: string;
  readonly issuer: string;
  /** The journal's directory. */
  readonly journal: string;
  /** The file that the service reads its secret from. */
  readonly sink: string;
  /** How many times faster the time passes here, counted from `origin`. */
  readonly speed: number;
  readonly origin: number;
}

/** How the command ended. */
export interface ChildReport {
  readonly code?: RotationErrorCode;
  readonly message?: string;
  readonly nextStep?: NextStep | undefined;
}

const task: ChildTask = JSON.parse(process.argv[2] ?? "");
speedUp(task.speed, task.origin);

const client = new Cloudflare({ apiToken: task.apiToken, baseURL: task.baseURL, logLevel: "off" });

const file: Sink = {
  name: "file",
  deliver: async (secret) => {
    await writeFile(`${task.sink}.new`, secret);
    await rename(`${task.sink}.new`, task.sink);
    console.log("delivered");
  },
  readBack: () => readFile(task.sink, "utf8"),
};

const perform: Readonly<Record<Command, typeof rotateClientSecret>> = {
  rotate: rotateClientSecret,
  recover: rotateClientSecret,
  resume: resumeRotation,
  finish: finishRotation,
  create: (client, { accountId: account_id }, { finish, acceptDowntime, acceptChange, ...options }) =>
    createOAuthClient(client, { account_id, ...newClient }, options),
  adopt: async (...[client, target, options]) =>
    adoptRotation(client, target, { ...options, secret: await readFile(task.sink, "utf8") }),
};

async function run(): Promise<ChildReport> {
  try {
    const { nextStep } = await perform[task.command](client, task.target, {
      journal: new FileJournal(task.journal),
      sinks: [file],
      issuer: task.issuer,
      finish: task.finish,
      acceptDowntime: task.command === "recover",
      acceptChange: task.acceptChange,
      onEvent: ({ type }) => console.log(type),
    });
    return { nextStep };
  } catch (error) {
    if (!(error instanceof RotationError)) throw error;
    const { code, message, nextStep } = error;
    return { code, message, nextStep };
  }
}

console.log(JSON.stringify(await run()));
