import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the suite is told of the servers. */
export interface Addresses {
  /** Prism, serving our description. */
  readonly prism: string;
  /** The scripted server: `<scripted>/<scenario>/<key>` is a base URL, `<scripted>/received/<key>` tells what came there. */
  readonly scripted: string;
  /** A port that nobody listens on. */
  readonly closed: string;
}

/** A request, as `received` tells of it. */
interface Received {
  readonly method: string;
  /** Host and port that it was sent to. */
  readonly host: string | undefined;
}

/** Answers the request, given how many came before it. */
type Scenario = (response: ServerResponse, before: number, key: string) => void;

/** The scripted server. */
export interface Loopback {
  readonly url: string;
  /** The same server under another origin, which serves an empty page. */
  readonly page: string;
  close(): void;
}

const json = { "Content-Type": "application/json" };
const client = {
  id: "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4",
  client_id: "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4",
  client_secret: "scripted-secret",
  visibility: "private",
};
const success = JSON.stringify({ success: true, errors: [], messages: [], result: client });

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  const body = { success: false, errors: [{ code: 1000, message: "scripted" }], messages: [], result: null };
  response.writeHead(status, { ...json, ...headers }).end(JSON.stringify(body));
}

/**
 * Starts a server on loopback that behaves by the first part of the path, and counts by the second. Browsers may read all
 * of it from anywhere.
 */
export async function startLoopback(): Promise<Loopback> {
  const received = new Map<string, Received[]>();
  const other = createServer(serve);
  const main = createServer(serve);
  const [url, otherUrl] = await Promise.all([listen(main), listen(other)]);

  const scenarios: Record<string, Scenario> = {
    "throttled-once": (response, before) =>
      before === 0 ? refuse(response, 429, { "Retry-After": "1" }) : response.writeHead(200, json).end(success),
    unavailable: (response) => refuse(response, 503),
    "stalled-head": () => undefined,
    "stalled-body": (response) => response.writeHead(200, json).write(success.slice(0, 20)),
    page: (response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<title>scripted</title>"),
    redirect: (response, _before, key) =>
      response.writeHead(307, { Location: `${otherUrl}/redirected/${key}/client` }).end(),
    redirected: (response) => response.writeHead(200, json).end(success),
  };

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const [, name = "", key = ""] = new URL(request.url ?? "", url).pathname.split("/");
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Methods", "*");
    response.setHeader("Access-Control-Allow-Headers", "authorization, content-type");
    response.setHeader("Access-Control-Expose-Headers", "*");
    if (request.method === "OPTIONS") {
      response.writeHead(204).end();
      return;
    }
    if (name === "received") {
      response.writeHead(200, json).end(JSON.stringify(received.get(key) ?? []));
      return;
    }
    const earlier = received.get(key) ?? [];
    received.set(key, [...earlier, { method: request.method ?? "", host: request.headers.host }]);
    const scenario = scenarios[name];
    if (scenario) scenario(response, earlier.length, key);
    else refuse(response, 404);
  }

  return {
    url,
    page: `${url.replace("127.0.0.1", "localhost")}/page/page`,
    close() {
      for (const server of [main, other]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** An address that refuses connections: it was free a moment ago. */
export async function closedAddress(): Promise<string> {
  const server = createServer();
  const url = await listen(server);
  server.close();
  return url;
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
