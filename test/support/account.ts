import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ServedSandbox, serveSandbox } from "../../src/cli/session/sandbox-server.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/index.ts";

/** A moment at which workerd is killed: a change was sent, and the server has applied it, or never will. */
export interface Moment {
  readonly name: string;
  readonly method: "POST" | "DELETE";
  readonly isApplied: boolean;
}

/** The sandbox on loopback, in this process, so that it outlives every workerd; and what it has seen. */
export class Account {
  #served: ServedSandbox | undefined;
  /** Every secret that ever was, by client; the first is the one before all rotations. */
  readonly #made = new Map<string, Set<string>>();
  /** By client: one request after another meets one each. */
  readonly #armed = new Map<string, { readonly moment: Moment; readonly kill: () => Promise<void> }[]>();

  static async open(options: SandboxOptions): Promise<Account> {
    const account = new Account();
    account.#served = await serveSandbox((url) => {
      const sandbox = createSandbox({ ...options, issuer: { url } });
      return { ...sandbox, fetch: (input, init) => account.#fetch(sandbox, `${input}`, init) };
    });
    return account;
  }

  get served(): ServedSandbox {
    if (!this.#served) throw new Error("It is not served.");
    return this.#served;
  }

  get sandbox(): Sandbox {
    return this.served.sandbox;
  }

  /** Kills at the next such moment of a client, after those that are armed already. */
  arm(clientId: string, moment: Moment, kill: () => Promise<void>): void {
    this.#armed.set(clientId, [...(this.#armed.get(clientId) ?? []), { moment, kill }]);
  }

  /** Every secret that ever was. */
  made(clientId: string): string[] {
    return [...(this.#made.get(clientId) ?? this.sandbox.secretsOf(clientId))];
  }

  /** How many secrets were made that nobody has ever used: their answers were lost. */
  lost(clientId: string): number {
    const used = new Set(this.sandbox.requests.map(({ secret }) => secret));
    return this.made(clientId)
      .slice(1)
      .filter((secret) => !used.has(secret)).length;
  }

  /** Requests that change a client's secrets. */
  changes(clientId: string, method: Moment["method"]): { readonly sent: number; readonly applied: number } {
    const sent = this.sandbox.requests.filter(
      (request) => request.method === method && clientOf(request.url) === clientId,
    );
    return { sent: sent.length, applied: sent.filter(({ applied }) => applied).length };
  }

  async #fetch(sandbox: Sandbox, url: string, init: RequestInit = {}): Promise<Response> {
    const clientId = clientOf(url);
    if (clientId === undefined) return sandbox.fetch(url, init);
    const [armed, ...later] = this.#armed.get(clientId) ?? [];
    const isHere = armed?.moment.method === init.method;
    const kill = () => {
      this.#armed.set(clientId, later);
      return armed?.kill();
    };
    if (isHere && !armed?.moment.isApplied) {
      await kill();
      throw new Error("Whoever sent it is dead.");
    }
    this.#note(sandbox, clientId);
    // Armed, it is applied and counted even if another client's moment has just killed whoever sent it.
    const response = await sandbox.fetch(url, isHere ? { ...init, signal: null } : init);
    this.#note(sandbox, clientId);
    // One that is refused, as a recovery's first POST is, is no such moment.
    if (isHere && response.ok) await kill();
    return response;
  }

  #note(sandbox: Sandbox, clientId: string): void {
    this.#made.set(clientId, new Set([...(this.#made.get(clientId) ?? []), ...sandbox.secretsOf(clientId)]));
  }
}

/** The client whose secrets a request changes. */
function clientOf(url: string): string | undefined {
  return /\/oauth_clients\/(\w+)\/rotate_secret$/.exec(url)?.[1];
}

/** The files below a folder in which one of some texts stands. */
export function filesWith(texts: readonly string[], folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  // As bytes and, as V8 writes some strings, with two bytes a character.
  const sought = texts.flatMap((text) => [Buffer.from(text), Buffer.from(text, "utf16le")]);
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => {
      const content = contentOf(path);
      return sought.some((bytes) => content.includes(bytes));
    });
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.of(); // SQLite has removed it meanwhile.
  }
}
