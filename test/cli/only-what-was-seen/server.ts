/**
 * An API and an issuer on loopback, written from the vendor's documents alone: it shares no code, and so no assumption, with
 * the sandbox. A test sets how it behaves, and what becomes of single requests. All its times are the world's.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export const accountId = "023e105f4ecef8ad9ca31a8372d0c353";
export const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
export const apiToken = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY";

/** What a request asks for. `probe` is a secret that is tried at the token or the revocation endpoint. */
export type Kind = "read" | "rotate" | "delete" | "probe" | "other";

/** How the server behaves where the documentation leaves it open. */
export interface Behaviour {
  /** Whether a client shows `has_rotated_secret`. */
  flag: "shown" | "absent";
  /** What a rotation and a deletion do to `updated_at`. */
  updatedAt: "moves" | "still" | "absent";
  /** What a rotation does while an old secret waits: keep all, refuse with a 409, or drop the oldest. */
  second: "keep" | "refuse" | "replace";
  /** Reads show the state of so many ms ago. */
  readLag: number;
  /** Reads show the state of this moment, whatever the lag. */
  readsAsOf: number | undefined;
  /** How far the server's clock is ahead of the world's, in ms. */
  ahead: number;
}

/** A request, as the server saw it. */
export interface Received {
  readonly kind: Kind;
  readonly path: string;
  /** When it arrived. */
  readonly at: number;
  /** The secret that a probe presented. */
  readonly secret: string | undefined;
  /** With what it was answered; undefined if it was not. */
  status: number | undefined;
  /** When its connection was closed. */
  closedAt: number | undefined;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What becomes of one request; one without any of this is done, and answered at once. */
export interface Treatment {
  /** Called when it has arrived. */
  readonly arrives?: () => unknown;
  /** Milliseconds until it is done. */
  readonly waits?: number;
  /** Called when it has been done; what it resolves to is waited for. */
  readonly done?: () => unknown;
  /** Milliseconds from then until it is answered. */
  readonly slow?: number;
  /** The response, in place of doing it. */
  readonly instead?: Answer;
  /** The connection is closed without a response, and the request is done all the same, or not. */
  readonly lost?: "not done" | "done";
}

interface State {
  readonly secrets: readonly string[];
  readonly updatedAt: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class ScriptedServer {
  readonly behaviour: Behaviour = {
    flag: "shown",
    updatedAt: "moves",
    second: "keep",
    readLag: 0,
    readsAsOf: undefined,
    ahead: 0,
  };
  readonly requests: Received[] = [];
  /** What the next rotations create. */
  readonly coming: string[] = ["S1-secret-of-ours", "S2-secret-after-it", "S3-secret-after-that", "S4-the-last-secret"];
  readonly #history: { readonly at: number; readonly state: State }[] = [];
  readonly #treatments: {
    readonly kind: Kind;
    readonly isIt: (request: Received) => boolean;
    readonly treatment: Treatment;
  }[] = [];
  readonly #server = createServer((request, response) => {
    this.#receive(request, response).catch(() => response.destroy());
  });
  readonly #now: () => number;
  readonly #speed: number;

  /** @param now the world's time; `speed` of its milliseconds pass in one. */
  constructor(now: () => number, speed: number, secret: string) {
    this.#now = now;
    this.#speed = speed;
    // Long before anything happens.
    const updatedAt = new Date(now() - 30 * 86_400_000).toISOString();
    const fields = {
      client_id: clientId,
      client_name: "Example",
      visibility: "private",
      created_at: updatedAt,
      token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: ["https://example.com/callback"],
      scopes: ["openid"],
    };
    this.#history.push({ at: 0, state: { secrets: [secret], updatedAt, fields } });
    this.#server.keepAliveTimeout = 60_000;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The secrets that authenticate, oldest first. */
  get secrets(): readonly string[] {
    return this.#state().secrets;
  }

  /** The client's `updated_at` as it truly is now. */
  get updatedAt(): string {
    return this.#state().updatedAt;
  }

  /** How many requests of a kind arrived. */
  count(kind: Kind, since = 0): number {
    return this.requests.filter((request) => request.kind === kind && request.at >= since).length;
  }

  /** Says what becomes of the next request of a kind that was not spoken for. */
  next(kind: Kind, treatment: Treatment, isIt: (request: Received) => boolean = () => true): void {
    this.#treatments.push({ kind, isIt, treatment });
  }

  /** Treats requests as usual again. */
  forget(): void {
    this.#treatments.length = 0;
  }

  /** A rotation by somebody who uses neither this tool nor its journals. */
  rotateElsewhere(): string {
    const secret = this.coming.shift() ?? "";
    this.#change([...this.secrets, secret]);
    return secret;
  }

  /** A deletion of all but the newest secret, by somebody else. */
  deleteElsewhere(): void {
    this.#change(this.secrets.slice(-1));
  }

  /** Sets the secrets as a history elsewhere may have left them. */
  becomes(...secrets: string[]): void {
    this.#change(secrets);
  }

  /** Changes fields of the client, as somebody would by PATCH. */
  patchElsewhere(fields: Readonly<Record<string, unknown>>): void {
    const state = this.#state();
    this.#history.push({
      at: this.#now(),
      state: { ...state, updatedAt: this.#date().toISOString(), fields: { ...state.fields, ...fields } },
    });
  }

  #date(): Date {
    return new Date(this.#now() + this.behaviour.ahead);
  }

  #state(at = Number.POSITIVE_INFINITY): State {
    const found = this.#history.filter((one) => one.at <= at).at(-1) ?? this.#history[0];
    if (!found) throw new Error("no state");
    return found.state;
  }

  #change(secrets: readonly string[]): void {
    const state = this.#state();
    const updatedAt = this.behaviour.updatedAt === "moves" ? this.#date().toISOString() : state.updatedAt;
    this.#history.push({ at: this.#now(), state: { ...state, secrets, updatedAt } });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url = "", socket } = request;
    const kind = kindOf(method, url);
    const presented = kind === "probe" ? presentedBy(request, body) : undefined;
    const received: Received = {
      kind,
      path: url,
      at: this.#now(),
      secret: presented?.secret,
      status: undefined,
      closedAt: undefined,
    };
    this.requests.push(received);
    this.#watch(socket, received);

    const at = this.#treatments.findIndex((one) => one.kind === kind && one.isIt(received));
    const treatment = at < 0 ? {} : (this.#treatments.splice(at, 1)[0]?.treatment ?? {});
    treatment.arrives?.();
    await this.#wait(treatment.waits ?? 0);
    const { lost, instead } = treatment;
    if (lost !== undefined) {
      if (lost === "done") this.#do(kind, request, presented);
      await treatment.done?.();
      socket.destroy();
      return;
    }
    const answer = instead ?? this.#do(kind, request, presented);
    await treatment.done?.();
    await this.#wait(treatment.slow ?? 0);
    received.status = answer.status;
    response.writeHead(answer.status, {
      "Content-Type": "application/json",
      Date: this.#date().toUTCString(),
      ...answer.headers,
    });
    response.end(JSON.stringify(answer.body ?? null));
  }

  #watch(socket: Socket, received: Received): void {
    // One for each request that it carries.
    socket.setMaxListeners(0).once("close", () => {
      received.closedAt = this.#now();
    });
  }

  #do(kind: Kind, request: IncomingMessage, presented: Presented | undefined): Answer {
    if (kind === "probe" && presented) return this.#authenticate(request.url ?? "", presented);
    if (kind === "other") return { status: 404, body: { error: "not_found" } };
    if (request.headers.authorization !== `Bearer ${apiToken}`) return failed(403, 10000, "Authentication error");
    if (kind === "read") return succeeded(this.#shown());
    const { secrets } = this;
    if (kind === "delete") {
      this.#change(secrets.slice(-1));
      return succeeded({ id: clientId });
    }
    if (secrets.length > 1 && this.behaviour.second === "refuse")
      return failed(409, 10012, "Delete the rotated secret before you create another");
    const secret = this.coming.shift() ?? "";
    this.#change([...(this.behaviour.second === "replace" ? secrets.slice(-1) : secrets), secret]);
    return succeeded({ client_secret: secret });
  }

  #shown(): Record<string, unknown> {
    const { flag, updatedAt, readLag, readsAsOf } = this.behaviour;
    const state = this.#state(readsAsOf ?? this.#now() - readLag);
    return {
      ...state.fields,
      ...(updatedAt !== "absent" && { updated_at: state.updatedAt }),
      ...(flag === "shown" && { has_rotated_secret: state.secrets.length > 1 }),
    };
  }

  #authenticate(url: string, { client, secret, method }: Presented): Answer {
    const { secrets, fields } = this.#state();
    const isRight = client === clientId && method === fields.token_endpoint_auth_method && secrets.includes(secret);
    if (!isRight) return { status: 401, body: { error: "invalid_client" } };
    return url.endsWith("/oauth2/token") ? { status: 400, body: { error: "invalid_grant" } } : { status: 200 };
  }

  #wait(milliseconds: number): Promise<void> {
    return milliseconds > 0
      ? new Promise((resolve) => setTimeout(resolve, milliseconds / this.#speed))
      : Promise.resolve();
  }
}

function kindOf(method: string, url: string): Kind {
  const path = `/accounts/${accountId}/oauth_clients/${clientId}`;
  if (url === path && method === "GET") return "read";
  if (url === `${path}/rotate_secret`) return method === "POST" ? "rotate" : method === "DELETE" ? "delete" : "other";
  return method === "POST" && (url === "/oauth2/token" || url === "/oauth2/revoke") ? "probe" : "other";
}

interface Presented {
  readonly client: string;
  readonly secret: string;
  readonly method: "client_secret_basic" | "client_secret_post";
}

/** How a client authenticates: RFC 6749 §2.3.1. */
function presentedBy(request: IncomingMessage, body: string): Presented {
  const [, basic] = /^Basic (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (basic === undefined) {
    const form = new URLSearchParams(body);
    return {
      client: form.get("client_id") ?? "",
      secret: form.get("client_secret") ?? "",
      method: "client_secret_post",
    };
  }
  const [client = "", secret = ""] = Buffer.from(basic, "base64")
    .toString()
    .split(":")
    .map((half) => decodeURIComponent(half.replaceAll("+", " ")));
  return { client, secret, method: "client_secret_basic" };
}

function succeeded(result: unknown): Answer {
  return { status: 200, body: { success: true, errors: [], messages: [], result } };
}

function failed(status: number, code: number, message: string): Answer {
  return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}
