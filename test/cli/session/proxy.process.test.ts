import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { delimiter, join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, test } from "vitest";
import { serveSandbox } from "../../../src/cli/session/sandbox-server.ts";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.ts";
import { clientId, type Ended, end, faster, Place, program } from "../../support/command.ts";
import { selfSigned } from "../../support/self-signed.ts";

/** The first Node 20 in PATH, which has no proxies of its own. */
function findNode20(): string | undefined {
  const candidates = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node"));
  return candidates.find((node) => {
    try {
      return execFileSync(node, ["--version"], { encoding: "utf8", stdio: "pipe" }).startsWith("v20.");
    } catch {
      return false;
    }
  });
}

const nodes: [name: string, node: string | undefined][] = [
  [`Node ${process.versions.node}`, process.execPath],
  ["Node 20", findNode20()],
];

/** Runs the command in a place by a Node of choice. */
function run(place: Place, words: readonly string[], environment: Record<string, string>, node = process.execPath) {
  const env = { ...place.environment, ...environment };
  return end(spawn(node, [program, ...words], { cwd: place.folder, env, stdio: ["ignore", "pipe", "pipe"] }));
}

/** What a proxy does to the n-th CONNECT, from 1. */
type Manner = (attempt: number) => "tunnel" | "tunnel for one answer" | "refuse";

/** A proxy on a loopback port. */
class ForwardProxy implements AsyncDisposable {
  /** Where each tunnel was to lead, in order. */
  readonly connects: string[] = [];
  /** The `Proxy-Authorization` of each. */
  readonly credentials: (string | undefined)[] = [];
  readonly #server = createServer((_, response) => response.writeHead(501).end());
  readonly #sockets = new Set<Socket>();
  readonly #manner: Manner;

  private constructor(manner: Manner) {
    this.#manner = manner;
    this.#server.on("connect", (request, socket: Socket) => {
      this.#hold(socket);
      this.connects.push(request.url ?? "");
      this.credentials.push(request.headers["proxy-authorization"]);
      this.#answer(socket, request.url ?? "");
    });
  }

  static async listen(manner: Manner = () => "tunnel"): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(manner);
    await once(proxy.#server.listen(0, "127.0.0.1"), "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(socket: Socket, target: string): void {
    const manner = this.#manner(this.connects.length);
    if (manner === "refuse") {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    // Whatever its name: the host that the tests reach is on this machine.
    const upstream = connect(Number(new URL(`http://${target}`).port), "127.0.0.1");
    this.#hold(upstream);
    upstream.on("connect", () => socket.write("HTTP/1.1 200 Connection Established\r\n\r\n"));
    socket.pipe(upstream);
    if (manner === "tunnel") upstream.pipe(socket);
    else upstream.once("data", (answer) => socket.end(answer));
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

/** A name that only the proxy knows the way to. */
const elsewhere = "cloudflare.test";

/** A sandbox behind TLS, with a certificate that nobody vouches for. */
class Secure implements AsyncDisposable {
  readonly url: string;
  readonly cert: string;
  readonly sandbox: Sandbox;
  readonly #close: () => Promise<void>;

  private constructor(url: string, cert: string, sandbox: Sandbox, close: () => Promise<void>) {
    this.url = url;
    this.cert = cert;
    this.sandbox = sandbox;
    this.#close = close;
  }

  static async listen(host: string = elsewhere): Promise<Secure> {
    const { key, cert } = selfSigned(host);
    const sockets = new Set<Socket>();
    const served: { port?: number } = {};
    const server = createTlsServer({ key, cert }, (socket) => {
      const plain = connect(served.port ?? 0, "127.0.0.1");
      for (const one of [socket, plain]) sockets.add(one.on("error", () => one.destroy()));
      socket.pipe(plain).pipe(socket);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `https://${host}:${(server.address() as AddressInfo).port}`;
    const { sandbox, issuer, close } = await serveSandbox(() => createSandbox({ issuer: { url } }));
    served.port = Number(new URL(issuer).port);
    return new Secure(url, cert, sandbox, async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await Promise.all([once(server, "close"), close()]);
    });
  }

  get host(): string {
    return new URL(this.url).host;
  }

  /** What leads the command here; its certificate is trusted once it is written to the place. */
  environment(place: Place, { trusted = true } = {}): Record<string, string> {
    writeFileSync(place.path("ca.pem"), this.cert);
    return {
      CLOUDFLARE_BASE_URL: `${this.url}/client/v4`,
      CLOUDFLARE_OAUTH_ISSUER: this.url,
      CF_OAUTH_API_TOKEN: this.sandbox.apiToken,
      ...(trusted && { NODE_EXTRA_CA_CERTS: place.path("ca.pem") }),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

const rotate = ["rotate", clientId, "--to", "file:secret", "--no-verify"];
/** Asks the API, and the issuer, and changes nothing. */
const ask = ["rotate", clientId, "--to", "file:secret", "--dry-run"];

/** It stopped with one clear line, and nothing is under way. */
async function expectNothingChanged(place: Place, sandbox: Sandbox, { code, stdout, stderr }: Ended): Promise<void> {
  expect({ code, stdout, stderr }).toMatchObject({ code: 1, stdout: "" });
  expect(stderr.match(/^error: .*$/gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at |TypeError|fetch failed/m);
  expect(sandbox.count("oauth-clients-rotate-secret")).toBe(0);
  expect(await place.report("status")).toMatchObject({ phase: null });
}

describe.concurrent.each(nodes)("on %s", (name, node) => {
  test("HTTPS_PROXY leads to the API and the issuer", async (context) => {
    if (!node) return context.skip(`there is no ${name} in PATH`);
    await using place = await Place.open();
    await using secure = await Secure.listen();
    await using proxy = await ForwardProxy.listen();
    const environment = { ...secure.environment(place), HTTPS_PROXY: proxy.url };
    const { code, stdout, stderr } = await run(place, ask, environment, node);

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain("✓ credentials and client: My OAuth App can be read");
    expect(stdout).toContain("✓ verification: ");
    expect(secure.sandbox.count("token")).toBeGreaterThan(0);
    // Each of the two has its connections, all of them through the proxy.
    expect(proxy.connects.length).toBeGreaterThanOrEqual(1);
    expect(new Set(proxy.connects)).toEqual(new Set([secure.host]));
  });

  test.for(["http", "https"])(
    "no proxy is asked for %s on this machine, where it might read the token",
    async (scheme, context) => {
      if (!node) return context.skip(`there is no ${name} in PATH`);
      await using place = await Place.open();
      await using secure = await Secure.listen("localhost");
      await using proxy = await ForwardProxy.listen();
      const { port } = new URL(place.served.issuer);
      const plain = { CLOUDFLARE_BASE_URL: `http://localhost:${port}/client/v4` };
      const environment = scheme === "http" ? plain : secure.environment(place);
      const proxies = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: "1" };
      expect(await run(place, ask, { ...environment, ...proxies }, node)).toMatchObject({ code: 0 });
      expect(proxy.connects).toEqual([]);
    },
  );

  test("NO_PROXY leads past it", async (context) => {
    if (!node) return context.skip(`there is no ${name} in PATH`);
    await using place = await Place.open();
    await using secure = await Secure.listen();
    await using proxy = await ForwardProxy.listen();
    const environment = { ...secure.environment(place), HTTPS_PROXY: proxy.url, NO_PROXY: `example.com,${elsewhere}` };
    // Without the proxy nothing leads there.
    expect(await run(place, ["list"], environment, node)).toMatchObject({ code: 1 });
    expect(proxy.connects).toEqual([]);
  });

  test.for([
    ["directly", false],
    ["through a proxy", true],
  ] as const)("a certificate that nobody vouches for stops it, %s", async ([, isProxied], context) => {
    if (!node) return context.skip(`there is no ${name} in PATH`);
    await using place = await Place.open();
    await using secure = await Secure.listen(isProxied ? elsewhere : "localhost");
    await using proxy = await ForwardProxy.listen();
    const environment = {
      ...secure.environment(place, { trusted: false }),
      ...(isProxied && { HTTPS_PROXY: proxy.url }),
    };
    const ended = await run(place, rotate, environment, node);
    await expectNothingChanged(place, secure.sandbox, ended);
    expect(ended.stderr).toMatch(/self-signed certificate.*Nothing was sent/);
    // A certificate does not get better by asking again.
    expect(proxy.connects).toHaveLength(isProxied ? 1 : 0);
  });

  test("that message says how to have the certificate trusted", async (context) => {
    if (!node) return context.skip(`there is no ${name} in PATH`);
    await using place = await Place.open();
    await using secure = await Secure.listen("localhost");
    const { stderr } = await run(place, rotate, secure.environment(place, { trusted: false }), node);
    expect(stderr).toContain("NODE_EXTRA_CA_CERTS");
  });

  test("a proxy that does not exist stops it", async (context) => {
    if (!node) return context.skip(`there is no ${name} in PATH`);
    await using place = await Place.open();
    await using secure = await Secure.listen();
    const environment = { ...secure.environment(place), HTTPS_PROXY: "http://someone:horse@127.0.0.1:1" };
    const ended = await run(place, rotate, environment, node);
    await expectNothingChanged(place, secure.sandbox, ended);
    expect(ended.stderr).toContain(
      "connect ECONNREFUSED 127.0.0.1:1; this may be the proxy http://127.0.0.1:1 of HTTPS_PROXY. Nothing was sent",
    );
    expect(ended.stderr).not.toMatch(/someone|horse/);
  });

  test("a proxy whose name is mistyped is named", async (context) => {
    if (!node) return context.skip(`there is no ${name} in PATH`);
    await using place = await Place.open();
    await using secure = await Secure.listen();
    const environment = { ...secure.environment(place), HTTP_PROXY: "http://someone:horse@proxy.invalid:3128" };
    const ended = await run(place, ["list"], environment, node);
    expect(ended.stderr).toMatch(
      /getaddrinfo E\w+ proxy\.invalid, which is the proxy http:\/\/proxy\.invalid:3128 of HTTP_PROXY\. Nothing was sent/,
    );
    expect(ended.stderr).not.toMatch(/someone|horse/);
  });

  test("where no name can be found, and no proxy is named, the message says how to name one", async (context) => {
    if (!node) return context.skip(`there is no ${name} in PATH`);
    await using place = await Place.open();
    await using secure = await Secure.listen();
    const ended = await run(place, ["list"], secure.environment(place), node);
    expect(ended.stderr).toMatch(
      /getaddrinfo E\w+ cloudflare\.test\. Nothing was sent\. If .* set HTTPS_PROXY to its address\.$/m,
    );
  });

  test("a proxy that refuses stops it, and its password is not shown", async (context) => {
    if (!node) return context.skip(`there is no ${name} in PATH`);
    await using place = await Place.open();
    await using secure = await Secure.listen();
    await using proxy = await ForwardProxy.listen(() => "refuse");
    const url = proxy.url.replace("//", "//someone:correct%20horse@");
    const ended = await run(place, rotate, { ...secure.environment(place), HTTPS_PROXY: url }, node);
    await expectNothingChanged(place, secure.sandbox, ended);
    expect(ended.stderr).toContain("407");
    expect(ended.stderr).not.toMatch(/someone|horse/);
    expect(new Set(proxy.credentials)).toEqual(
      new Set([`Basic ${Buffer.from("someone:correct horse").toString("base64")}`]),
    );
  });
});

describe.concurrent("a proxy", () => {
  test("is named in small letters as well, and used although NO_PROXY names another host", async () => {
    await using place = await Place.open();
    await using secure = await Secure.listen();
    await using proxy = await ForwardProxy.listen();
    const environment = { ...secure.environment(place), https_proxy: proxy.url, no_proxy: "example.com,host" };
    expect(await run(place, ["list"], environment)).toMatchObject({ code: 0 });
    expect(proxy.connects).toEqual([secure.host]);
  });

  test("is of no use to anybody with NO_PROXY=*", async () => {
    await using place = await Place.open();
    await using secure = await Secure.listen();
    await using proxy = await ForwardProxy.listen();
    const environment = { ...secure.environment(place), HTTPS_PROXY: proxy.url, NO_PROXY: "*" };
    expect(await run(place, ["list"], environment)).toMatchObject({ code: 1 });
    expect(proxy.connects).toEqual([]);
  });
});

describe.concurrent("a whole rotation", () => {
  test("goes through the proxy, its verification included", async () => {
    await using place = await Place.open();
    await using secure = await Secure.listen();
    await using proxy = await ForwardProxy.listen();
    const words = ["rotate", clientId, "--to", "file:secret", "--finish"];
    const environment = { ...faster, ...secure.environment(place), HTTPS_PROXY: proxy.url };
    const { code, stderr } = await run(place, words, environment);

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain("accepted (3 of 3 in a row)");
    const { sandbox } = secure;
    expect([sandbox.count("oauth-clients-rotate-secret"), sandbox.secretsOf(clientId).length]).toEqual([1, 1]);
    expect(new Set(proxy.connects)).toEqual(new Set([secure.host]));
  }, 20_000);

  test("that the proxy refuses to let through to the POST changed nothing, and says so", async () => {
    await using place = await Place.open();
    await using secure = await Secure.listen();
    await using proxy = await ForwardProxy.listen((attempt) => (attempt === 1 ? "tunnel for one answer" : "refuse"));
    const { code, stderr } = await run(place, rotate, { ...secure.environment(place), HTTPS_PROXY: proxy.url });
    expect(proxy.connects.length).toBeGreaterThanOrEqual(2);
    expect(secure.sandbox.count("oauth-clients-rotate-secret")).toBe(0);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("Nothing was sent") });
  });

  test("by a proxy whose address is none is a usage error that names the variable", async () => {
    await using place = await Place.open();
    const { code, stderr } = await run(place, rotate, { HTTPS_PROXY: "not an address" });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("HTTPS_PROXY") });
  });
});
