import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Report } from "../../src/cli/attempt/report.ts";
import { type ServedSandbox, serveSandbox } from "../../src/cli/session/sandbox-server.ts";
import { createSandbox, type SandboxOptions } from "../../src/sandbox/index.ts";
import { noteMessage } from "./messages.ts";

/** The command as it is shipped; `npm test` builds it before the tests. */
export const program: string = fileURLToPath(new URL("../../dist/cli/cf-oauth.js", import.meta.url));

/** An environment in which the command's clock runs twenty times faster, for where it would wait for seconds. */
export const faster: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import=${new URL("faster-command.ts", import.meta.url).href} --disable-warning=ExperimentalWarning`,
  FASTER_ORIGIN: String(Date.now()),
  // The same for what has happened at the server, also in a command for which an hour has passed.
  FASTER_SERVER_ORIGIN: String(Date.now()),
};

/**
 * One in which it runs only twice as fast, for a journal that is kept by a command: each of its processes takes a part of
 * a second, and what was announced in the journal must be sent within thirty.
 */
export const fasterByCommand: Readonly<Record<string, string>> = { ...faster, FASTER_FACTOR: "2" };

export const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
export const oldSecret = "cf-oauth-secret-example";

/** How a process ended, and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sandbox over HTTP, and a folder in which the command keeps its state; all of it gone when it is disposed of. */
export class Place {
  readonly folder: string = mkdtempSync(join(tmpdir(), "cf-oauth-cli-"));
  readonly served: ServedSandbox;

  private constructor(served: ServedSandbox) {
    this.served = served;
  }

  static async open(options: SandboxOptions = {}): Promise<Place> {
    return new Place(await serveSandbox((url) => createSandbox({ ...options, issuer: { ...options.issuer, url } })));
  }

  get sandbox(): ServedSandbox["sandbox"] {
    return this.served.sandbox;
  }

  get stateDirectory(): string {
    return join(this.folder, "state");
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get posts(): number {
    return this.sandbox.count("oauth-clients-rotate-secret");
  }

  get deletes(): number {
    return this.sandbox.count("oauth-clients-delete-rotated-secret");
  }

  /** Lets the journal's folder go away as the POST of an operation is answered. @returns Brings it back. */
  loseJournalAtPost(
    operation: "oauth-clients-rotate-secret" | "oauth-clients-create" = "oauth-clients-rotate-secret",
  ): () => void {
    const { fetch } = this.sandbox;
    let isLost = false;
    Object.assign(this.sandbox, {
      fetch: async (...given: Parameters<typeof fetch>) => {
        const response = await fetch(...given);
        if (this.sandbox.count(operation) === 1 && !isLost) {
          isLost = true;
          renameSync(this.stateDirectory, this.path("away"));
          writeFileSync(this.stateDirectory, "in its place");
        }
        return response;
      },
    });
    return () => {
      rmSync(this.stateDirectory);
      renameSync(this.path("away"), this.stateDirectory);
    };
  }

  /** What a user's shell would have set; nothing of the environment of the tests. */
  get environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? "",
      HOME: this.folder,
      CLOUDFLARE_BASE_URL: this.served.apiURL,
      CLOUDFLARE_OAUTH_ISSUER: this.served.issuer,
      CLOUDFLARE_ACCOUNT_ID: this.sandbox.accountId,
      CF_OAUTH_API_TOKEN: this.sandbox.apiToken,
      CF_OAUTH_STATE_DIR: this.stateDirectory,
    };
  }

  /** Starts the command, with nobody to ask. */
  start(words: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(process.execPath, [program, ...words], {
      cwd: this.folder,
      env: { ...this.environment, ...environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  /** Runs the command to its end. */
  async run(
    words: readonly string[],
    { environment = {}, input = "" }: { environment?: Record<string, string>; input?: string } = {},
  ): Promise<Ended> {
    const child = this.start(words, environment);
    child.stdin?.on("error", () => undefined).end(input);
    return end(child);
  }

  /** Runs a command on the client with `--json`. */
  async report(command: string, ...words: string[]): Promise<Report> {
    return JSON.parse((await this.run([command, clientId, ...words, "--json"])).stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.served.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** How a child ends. */
export async function end(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => (stream ? text(stream) : ""));
  const [code, signal] = await once(child, "exit");
  noteMessage((await stderr) ?? "");
  return { code, signal, stdout: (await stdout) ?? "", stderr: (await stderr) ?? "" };
}
