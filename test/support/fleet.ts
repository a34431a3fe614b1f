import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { runningSecret } from "../../src/running/index.ts";

/** What a replica answers with. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** The replicas of a service behind one address, which keeps each connection on the replica that it came to, as kube-proxy does. */
export class Fleet {
  readonly handlers: Handler[];
  /** How many questions each replica was asked. */
  readonly asked: number[];
  #next = 0;
  #server: Server | undefined;

  constructor(handlers: Handler[]) {
    this.handlers = handlers;
    this.asked = handlers.map(() => 0);
  }

  /** As many replicas, each of which uses what `secret` gives for it. */
  static of(count: number, secret: (index: number) => string | undefined): Fleet {
    return new Fleet(
      Array.from({ length: count }, (_, index) => runningSecret(() => secret(index), { replica: `pod-${index}` })),
    );
  }

  /** The next replica's index, as a load balancer chooses it that goes round. */
  #choose(): number {
    return this.#next++ % this.handlers.length;
  }

  /** A `fetch` that reaches the replicas without a network. */
  readonly fetch = (url: string, init?: RequestInit): Promise<Response> =>
    this.#ask(this.#choose(), new Request(url, init));

  async #ask(index: number, request: Request): Promise<Response> {
    this.asked[index] = (this.asked[index] ?? 0) + 1;
    const handler = this.handlers[index];
    if (!handler) throw new Error("No such replica.");
    return handler(request);
  }

  /** Listens on loopback. @returns The address. */
  async listen(): Promise<string> {
    const chosen = new WeakMap<Socket, number>();
    this.#server = createServer(
      listener((request, { socket }) => {
        const index = chosen.get(socket) ?? this.#choose();
        chosen.set(socket, index);
        return this.#ask(index, request);
      }),
    );
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/client-secret`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve(undefined)));
  }
}

/** A handler on web standards, for Node's own server. */
function listener(handler: (request: Request, incoming: { socket: Socket }) => Promise<Response>): RequestListener {
  return async (incoming, outgoing) => {
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, { method: incoming.method ?? "GET" });
    const response = await handler(request, incoming);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(await response.text());
  };
}
