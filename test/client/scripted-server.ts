import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A request, as it arrived. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the server does with the next connection, before it reads from it, or with the next request. */
export type Step =
  | { readonly onConnection: (socket: Socket) => void }
  | { readonly onRequest: (response: ServerResponse, received: Received) => void };

type Headers = Readonly<Record<string, string>>;

const json = { "Content-Type": "application/json" };

export function answer(status: number, body = "", headers: Headers = json): Step {
  return { onRequest: (response) => response.writeHead(status, headers).end(body) };
}

/** A response made of the request that it answers. */
export function repeat(status: number, body: (received: Received) => string, headers?: (r: Received) => Headers): Step {
  return {
    onRequest: (response, received) =>
      response.writeHead(status, { ...json, ...headers?.(received) }).end(body(received)),
  };
}

/** Reads the request, and says nothing. */
export function stallHead(): Step {
  return { onRequest: () => undefined };
}

/** Begins a body, and never ends it. */
export function stallBody(begin = '{"success":', status = 200, headers: Headers = json): Step {
  return { onRequest: (response) => response.writeHead(status, headers).write(begin) };
}

/** Begins a body, and closes the connection before its announced end. */
export function cutBody(begin: string, status = 200): Step {
  return {
    onRequest: (response) => {
      response.writeHead(status, { ...json, "Content-Length": String(begin.length + 100) });
      response.write(begin, () => response.destroy());
    },
  };
}

/**
 * Closes the connection before anything is read from it. Not with a reset, which can overtake the client's connecting
 * and is then, rightly, a failed connect.
 */
export function closeBeforeReading(): Step {
  return { onConnection: (socket) => socket.destroy() };
}

/** Reads the whole request, and resets the connection. */
export function resetAfterReading(): Step {
  return { onRequest: (response) => response.socket?.resetAndDestroy() };
}

/** A body that goes on for as long as somebody reads it. */
export function endlessBody(onChunk: (bytes: number) => void = () => undefined): Step {
  const chunk = Buffer.alloc(1 << 16, "x");
  return {
    onRequest: (response) => {
      const write = () => {
        do onChunk(chunk.length);
        while (response.write(chunk));
      };
      response.writeHead(200, json).on("drain", write);
      write();
    },
  };
}

export function redirect(location: string, status = 307): Step {
  return answer(status, "", { Location: location });
}

/**
 * A server on loopback that takes the steps of a script, one for each request, and repeats the last. It closes when
 * the test's `await using` ends.
 */
export class ScriptedServer {
  readonly requests: Received[] = [];
  readonly #server: Server;
  readonly #script: readonly Step[];
  #taken = 0;

  private constructor(script: readonly Step[]) {
    this.#script = script;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const received = { method, url, headers, body: Buffer.concat(chunks).toString() };
        this.requests.push(received);
        // One connection for each request, so that a step can be about either.
        response.setHeader("Connection", "close");
        const step = this.#next();
        if (step && "onRequest" in step) step.onRequest(response, received);
        this.#taken++;
      });
    });
    this.#server.on("connection", (socket) => {
      const step = this.#next();
      if (!step || !("onConnection" in step)) return;
      step.onConnection(socket);
      this.#taken++;
    });
  }

  #next(): Step | undefined {
    return this.#script[Math.min(this.#taken, this.#script.length - 1)];
  }

  static async start(...script: Step[]): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(script);
    scripted.#server.listen(0, "127.0.0.1");
    await once(scripted.#server, "listening");
    return scripted;
  }

  get url(): string {
    const address = this.#server.address();
    return typeof address === "object" && address ? `http://127.0.0.1:${address.port}` : "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** An address where nobody listens: the port is a privileged one that no service is registered for. */
export const closedPort = "http://127.0.0.1:2";
