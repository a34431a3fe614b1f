import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came: what both SDKs must send alike. */
export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  /** Credentials, content type and what the caller added. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface RecordingServer {
  readonly url: string;
  /** Takes what has come since the last time. */
  take(): Recorded[];
  close(): Promise<void>;
}

const compared = /^(authorization|content-type|x-auth-.*|x-(?!stainless-).*)$/;

const oauthClient = {
  client_id: "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4",
  visibility: "private",
  client_name: "My OAuth App",
  client_uri_verification: { status: "pending", text: "cf-verification=1" },
  grant_types: ["authorization_code", "refresh_token"],
  has_rotated_secret: false,
  created_at: "2026-01-01T00:00:00Z",
};
const scopes = [
  { id: "account.read", name: "Read accounts", category: "Account", scopes: ["com.cloudflare.api.account.read"] },
  { id: "zone.read", name: "Read zones" },
];
const envelope = { success: true, errors: [], messages: [] };
const refusal = {
  success: false,
  errors: [
    {
      code: 10000,
      message: "Refused",
      documentation_url: "https://example.com/10000",
      source: { pointer: "/account_id" },
    },
    { code: 7003, message: "And for another reason" },
  ],
  messages: [],
  result: null,
};

/** What a request gets that asks for nothing else. */
function resultOf(method: string, path: string): unknown {
  const created = { ...oauthClient, client_secret: "cf-oauth-secret-example" };
  if (path.endsWith("/oauth/scopes")) return scopes;
  if (path.endsWith("/rotate_secret"))
    return method === "POST" ? { client_secret: "cf-oauth-secret-new-example" } : { id: oauthClient.client_id };
  if (path.endsWith("/oauth_clients"))
    return method === "POST" ? created : [oauthClient, { ...oauthClient, client_id: "b".repeat(32) }];
  return method === "DELETE" ? { id: oauthClient.client_id } : oauthClient;
}

type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number, body: string) => void;

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", "cf-ray": "8a1b2c3d4e5f6a7b-AMS", ...headers });
  response.end(JSON.stringify(body));
}

const well: Answer = (request, response) => {
  const { method = "", url = "" } = request;
  json(response, 200, { ...envelope, result: resultOf(method, url.split("?", 1)[0] ?? "") });
};

/** At once, so that no run waits. */
const soon = { "retry-after": "0.001" };

/** Answers that a request asks for by its header `X-Scene`; a number is a refusal with that status. */
const scenes: Record<string, Answer> = {
  null: (_, response) => json(response, 200, { ...envelope, result: null }),
  empty: (_, response) => json(response, 200, { ...envelope, result: [] }),
  "no body": (_, response) => response.writeHead(404).end(),
  html: (_, response) => response.writeHead(403, { "content-type": "text/html" }).end("<html>Attention!</html>"),
  cut: (request) => request.socket.destroy(),
  "503, then well": (request, response, attempt, body) =>
    attempt === 1 ? json(response, 503, refusal, soon) : well(request, response, attempt, body),
  "429, then well": (request, response, attempt, body) =>
    attempt === 1 ? json(response, 429, refusal, soon) : well(request, response, attempt, body),

  // For what differs.
  "asks for an hour": (_, response) => json(response, 429, refusal, { "retry-after": "3600" }),
  "a limit for 7 s": (_, response) => json(response, 429, refusal, { ratelimit: '"default";r=0;t=7' }),
  "5000 ms": (_, response) => json(response, 429, refusal, { "retry-after-ms": "5000" }),
  "400, should retry": (_, response) => json(response, 400, refusal, { ...soon, "x-should-retry": "true" }),
  "success: false": (_, response) => json(response, 200, refusal),
  "no secret": (_, response) => json(response, 200, { ...envelope, result: {} }),
  "html with 200": (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>Hello</html>"),
  "1 MiB": (_, response) => json(response, 200, { ...envelope, result: { client_name: "a".repeat(1 << 20) } }),
  "three on two pages": (request, response) =>
    json(response, 200, {
      ...envelope,
      result: request.url?.includes("page=2") ? [{ id: "c", name: "C" }] : scopes,
      result_info: { total_count: 3, per_page: 2, page: 1, count: 2 },
    }),
  "echoes the key": (request, response) =>
    json(response, 400, {
      ...refusal,
      errors: [{ code: 6003, message: `Unknown key: ${request.headers.authorization ?? ""}` }],
      result: { client_secret: "cf-oauth-secret-example" },
    }),
  redirect: ({ headers }, response) => response.writeHead(307, { location: String(headers["x-elsewhere"]) }).end(),
};

function answerTo(scene: string | undefined): Answer {
  if (scene === undefined) return well;
  const status = Number(scene);
  if (status >= 400) return (_, response) => json(response, status, refusal, soon);
  const answer = scenes[scene];
  if (!answer) throw new Error(`There is no scene "${scene}".`);
  return answer;
}

/** Starts a server on this machine that answers as the API does, and remembers what it was asked. */
export async function startRecordingServer(): Promise<RecordingServer> {
  let recorded: Recorded[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    const { method = "", url = "", headers } = request;
    const [path = "", query = ""] = url.split("?");
    const sent = Object.entries(headers).filter(([name]) => compared.test(name));
    recorded.push({ method, path, query, body, headers: Object.fromEntries(sent.map(([k, v]) => [k, String(v)])) });
    const scene = headers["x-scene"];
    answerTo(typeof scene === "string" ? scene : undefined)(request, response, recorded.length, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = recorded;
      recorded = [];
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
