import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** How a request is answered. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const token = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY";
export const secret = "cf-oauth-secret-new-example";
/** What another server would hand out for a secret. */
export const foreignSecret = "cf-oauth-secret-from-elsewhere";

/** What the API may do; `silence` never ends. */
export type Scene = "secret" | "refusal" | "redirect" | "silence";

function envelope(result: unknown, errors: readonly object[] = []): string {
  return JSON.stringify({ success: errors.length === 0, errors, messages: [], result });
}

const type = { "content-type": "application/json" };

/** An API on this machine, which also answers for libraries that send nothing, and another server that it redirects to. */
export class Api implements AsyncDisposable {
  scene: Scene = "secret";
  /** The Authorization header of each request, whoever took it. */
  requests: (string | null | undefined)[] = [];
  readonly url: string;
  readonly #servers: readonly Server[];
  readonly #elsewhere: string;

  private constructor(servers: readonly Server[], [url = "", elsewhere = ""]: readonly string[]) {
    this.#servers = servers;
    this.url = url;
    this.#elsewhere = elsewhere;
  }

  static async open(): Promise<Api> {
    const servers = [createServer(), createServer()];
    const urls = await Promise.all(servers.map(listen));
    const api = new Api(servers, urls);
    servers[0]?.on("request", async ({ headers }: { headers: IncomingHttpHeaders }, response) => {
      const reply = api.take(headers.authorization);
      if (reply) response.writeHead(reply.status, reply.headers).end(reply.body);
    });
    servers[1]?.on("request", (_, response) =>
      response.writeHead(200, type).end(envelope({ client_secret: foreignSecret })),
    );
    return api;
  }

  /** Takes a request, and says how it is answered; undefined: never. */
  take(authorization: string | null | undefined): Reply | undefined {
    this.requests.push(authorization);
    if (this.scene === "silence") return undefined;
    if (this.scene === "redirect") return { status: 307, headers: { location: this.#elsewhere }, body: "" };
    if (this.scene === "secret") return { status: 200, headers: type, body: envelope({ client_secret: secret }) };
    const body = envelope(null, [{ code: 971, message: "Please wait and consider throttling your request speed" }]);
    return { status: 429, headers: { ...type, "retry-after": "120" }, body };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
  }
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

/** The address of a port on which nobody listens. */
export async function closedURL(): Promise<string> {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return url;
}
