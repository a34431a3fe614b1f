/** The internet, on loopback: a proxy behind which stand-ins answer for the true host names. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTLSServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";

/** A request as a stand-in sees it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** What a stand-in answers: a status, and JSON or XML; none: an empty body. */
export interface Answered {
  readonly status: number;
  readonly json?: unknown;
  readonly xml?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers for a host. */
export type Service = (asked: Asked) => Answered | undefined;

/** How requests that change something fail: refused, or done and never answered. */
export type Fault = "none" | "denied" | "cut";

export class Internet {
  fault: Fault = "none";
  /** Methods and paths, in order. */
  readonly log: string[] = [];
  readonly certificate: string;
  readonly #services: Readonly<Record<string, Service>>;
  readonly #isChange: (asked: Asked) => boolean;
  readonly #servers: { close(): void; closeAllConnections(): void }[] = [];
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor(
    folder: string,
    services: Readonly<Record<string, Service>>,
    isChange: (asked: Asked) => boolean,
  ) {
    this.#services = services;
    this.#isChange = isChange;
    this.certificate = join(folder, "internet.pem");
    const names = Object.keys(services).map((host) => `DNS:${host}`);
    const subject = ["-subj", "/CN=stand-in", "-addext", `subjectAltName=${names.join(",")}`];
    const files = ["-keyout", join(folder, "internet.key"), "-out", this.certificate];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...kind, ...subject, ...files], { stdio: "ignore" });
  }

  /** @param isChange whether a request changes something, so that a fault hits it. */
  static async open(
    folder: string,
    services: Readonly<Record<string, Service>>,
    isChange: (asked: Asked) => boolean,
  ): Promise<Internet> {
    const internet = new Internet(folder, services, isChange);
    const key = readFileSync(join(folder, "internet.key"));
    const answer = (request: IncomingMessage, response: ServerResponse) => internet.#answer(request, response);
    const tls = createTLSServer({ key, cert: readFileSync(internet.certificate) }, answer);
    const proxy = createServer(answer);
    proxy.on("connect", (_, socket: Socket) => {
      internet.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      tls.emit("connection", socket);
    });
    tls.on("tlsClientError", (error) => internet.log.push(`TLS: ${error.message}`));
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    internet.#port = (proxy.address() as AddressInfo).port;
    internet.#servers.push(proxy, tls);
    return internet;
  }

  /** Its environment: proxy and certificate, in the words of each program. */
  environment(port: number = this.#port): Record<string, string> {
    const proxy = `http://127.0.0.1:${port}`;
    return {
      HTTPS_PROXY: proxy,
      https_proxy: proxy,
      NO_PROXY: "127.0.0.1,localhost",
      SSL_CERT_FILE: this.certificate,
      CURL_CA_BUNDLE: this.certificate,
      AWS_CA_BUNDLE: this.certificate,
      NODE_EXTRA_CA_CERTS: this.certificate,
    };
  }

  /** Its port, where a cluster or an engine answers without a proxy. */
  get port(): number {
    return this.#port;
  }

  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    for (const socket of this.#sockets) socket.destroy();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const host = (headers.host ?? "").replace(/:\d+$/, "");
    const asked: Asked = { method, path: url, headers, body: await buffer(request) };
    const isHit = this.#isChange(asked) && this.fault !== "none";
    if (isHit && this.fault === "denied") return this.#send(response, refused(host), `${method} ${host}${url} 403`);
    const answered = this.#services[host]?.(asked) ?? { status: 404, json: { message: "Not Found" } };
    if (isHit) {
      this.log.push(`${method} ${host}${url} cut`);
      request.socket.destroy();
      return undefined;
    }
    return this.#send(response, answered, `${method} ${host}${url} ${answered.status}`);
  }

  #send(response: ServerResponse, { status, json, xml, headers }: Answered, line: string): void {
    this.log.push(line);
    response.writeHead(status, {
      "content-type": xml === undefined ? "application/json" : "application/xml",
      ...headers,
    });
    response.end(xml ?? (json === undefined ? "" : JSON.stringify(json)));
  }
}

/** What a service says that refuses. */
function refused(host: string): Answered {
  const errors = [{ code: 10000, message: "Forbidden" }];
  return {
    status: 403,
    json: {
      message: "Forbidden",
      __type: "AccessDeniedException",
      errors,
      success: false,
      error: { code: "forbidden", message: host },
    },
  };
}
