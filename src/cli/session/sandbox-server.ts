import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Sandbox } from "../../sandbox/index.ts";

/** A sandbox that is served over HTTP. */
export interface ServedSandbox {
  readonly sandbox: Sandbox;
  /** The API's base URL, for example `http://127.0.0.1:40123/client/v4`. */
  readonly apiURL: string;
  /** The issuer's URL, for example `http://127.0.0.1:40123`. */
  readonly issuer: string;
  /** Breaks off what is still unanswered. */
  close(): Promise<void>;
}

/**
 * Serves a sandbox on a loopback port. It is made once its address is known, as the issuer's metadata name it:
 *
 *     await serveSandbox((url) => createSandbox({ issuer: { url } }))
 *
 * @param port 0 for one that is free.
 */
export async function serveSandbox(create: (issuer: string) => Sandbox, port = 0): Promise<ServedSandbox> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const issuer = `http://127.0.0.1:${address.port}`;
  const sandbox = create(issuer);
  server.on("request", (incoming, outgoing) => {
    // A reset, or the caller has gone away.
    answer(sandbox, incoming, outgoing).catch(() => incoming.socket.resetAndDestroy());
  });
  return {
    sandbox,
    apiURL: `${issuer}/client/v4`,
    issuer,
    close: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function answer(sandbox: Sandbox, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  const { method = "GET", url = "/" } = incoming;
  const body = await text(incoming);
  const below = url.startsWith("/client/v4/") ? sandbox.baseURL.replace(/\/client\/v4$/, "") : sandbox.issuer;
  const response = await sandbox.fetch(`${below}${url}`, {
    method,
    headers: Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
    ...(body !== "" && { body }),
    signal: gone.signal,
  });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
}
