import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { SandboxClient } from "../../../src/sandbox/index.ts";
import { Account, filesWith } from "../../support/account.ts";
import { bundleForNode } from "../../support/bundle.ts";
import { type Ended, end } from "../../support/command.ts";
import { tools } from "../../support/packed-package.ts";
import { project, typeErrors } from "./project.ts";

const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const storeToken = "store-token-of-this-test";
const script = join(project, "node/rotate-secret.mjs");
/** Lets a script's clock run twenty times faster, so that the two minutes that a lost request is given are over soon. */
const faster = join(project, "faster.mjs");
const origin = Date.now();

beforeAll(() => bundleForNode(fileURLToPath(new URL("../../support/faster-command.ts", import.meta.url)), faster));

/** The sandbox, the store and the service, on loopback, and the script that rotates between them. */
class World {
  readonly account: Account;
  /** What the store and the service have. */
  readonly secrets: { store: string; service: string };
  /** What the store and the service answer with in place of what they should, after so many good answers. */
  readonly refusals = new Map<string, { status: number; skip: number }>();
  readonly output: string[] = [];
  readonly #node: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "examples-"));
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #child: ChildProcess | undefined;
  #armed: { moment: string; skip: number; signal: NodeJS.Signals } | undefined;

  private constructor(node: string, account: Account) {
    this.#node = join(tools, "node_modules", node, "bin/node");
    this.account = account;
    const [original = ""] = account.sandbox.secretsOf(clientId);
    this.secrets = { store: original, service: original };
  }

  static async open(node: string, client: Partial<SandboxClient> = {}): Promise<World> {
    const world = new World(node, await Account.open({ clients: [{ ...client, client_id: clientId }], latency: 2 }));
    world.#server.listen(0, "127.0.0.1");
    await once(world.#server, "listening");
    return world;
  }

  /** Of a file where the script runs. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  get changes() {
    const { account } = this;
    return [account.changes(clientId, "POST").applied, account.changes(clientId, "DELETE").applied];
  }

  /** Signals the script when something comes to the store or the service, or has been done there, but is not answered. */
  arm(moment: string, signal: NodeJS.Signals = "SIGKILL", skip = 0): void {
    this.#armed = { moment, skip, signal };
  }

  /** Kills the script when its POST or DELETE has come, and never will be, or is applied. */
  armChange(method: "POST" | "DELETE", isApplied: boolean): void {
    this.account.arm(clientId, { name: method, method, isApplied }, () => this.#signal("SIGKILL"));
  }

  run(...words: string[]): Promise<Ended> {
    return this.runWith({}, ...words);
  }

  async runWith(environment: NodeJS.ProcessEnv, ...words: string[]): Promise<Ended> {
    const { apiURL, issuer, sandbox } = this.account.served;
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    this.#child = spawn(this.#node, [script, ...words], {
      cwd: this.#folder,
      env: {
        NODE_OPTIONS: `--import=${pathToFileURL(faster)}`,
        FASTER_ORIGIN: String(origin),
        CLOUDFLARE_BASE_URL: apiURL,
        CLOUDFLARE_OAUTH_ISSUER: issuer,
        CLOUDFLARE_API_TOKEN: sandbox.apiToken,
        CLOUDFLARE_ACCOUNT_ID: sandbox.accountId,
        OAUTH_CLIENT_ID: clientId,
        STORE_URL: `${url}/store`,
        STORE_TOKEN: storeToken,
        SERVICE_URL: `${url}/service`,
        STATE_DIRECTORY: "state",
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = await end(this.#child);
    this.output.push(ended.stdout, ended.stderr);
    return ended;
  }

  /** What must be so whenever a rotation has come to its end. */
  requireDone(): void {
    const { account, secrets, output } = this;
    expect(account.sandbox.secretsOf(clientId)).toEqual([secrets.store]);
    expect(secrets.service).toBe(secrets.store);
    const made = account.made(clientId);
    expect(made.length).toBeGreaterThan(1);
    expect(made[0]).not.toBe(secrets.store);
    expect(filesWith(made, this.#folder)).toEqual([]);
    for (const secret of [...made, account.sandbox.apiToken, storeToken]) expect(output.join("")).not.toContain(secret);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.kill("SIGKILL");
    this.#server.close();
    this.#server.closeAllConnections();
    await this.account.served.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    if (signal === "SIGKILL") await exited;
  }

  async #pass(moment: string): Promise<void> {
    if (this.#armed?.moment !== moment || this.#armed.skip-- > 0) return;
    const { signal } = this.#armed;
    this.#armed = undefined;
    // Whatever the moment, the service has a secret that works.
    expect(this.account.sandbox.accepts(clientId, this.secrets.service)).toBe(true);
    await this.#signal(signal);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = `${request.method} ${request.url}`;
    const body = await text(request);
    await this.#pass(`before ${asked}`);
    const isAllowed = request.url === "/service" || request.headers.authorization === `Bearer ${storeToken}`;
    const refusal = this.refusals.get(asked);
    const refused = refusal && refusal.skip-- <= 0 ? refusal.status : undefined;
    const status = isAllowed ? (refused ?? 200) : 401;
    if (status === 200 && asked === "PUT /store") this.secrets.store = body;
    if (status === 200 && asked === "POST /service") this.secrets.service = this.secrets.store;
    await this.#pass(`after ${asked}`);
    const answers: Record<string, string> = {
      "GET /store": this.secrets.store,
      "GET /service": createHash("sha256").update(this.secrets.service).digest("hex"),
    };
    response.writeHead(status).end(status === 200 ? answers[asked] : "");
  }
}

test("the script's types are right", async () => expect(await typeErrors("node")).toBe(""));

describe.concurrent.each(["node-20", "node-24"])("the script on %s", (node) => {
  test("rotates, and can be run again", async () => {
    await using world = await World.open(node);
    const { code, stdout } = await world.run();
    expect([code, stdout.split("\n")[0]]).toEqual([0, "requesting"]);
    world.requireDone();
    expect(world.changes).toEqual([1, 1]);
    expect((await world.run()).code).toBe(0);
    world.requireDone();
    expect(world.changes).toEqual([2, 2]);
  });

  // The store is asked before all else, too.
  const moments: [name: string, arm: (world: World) => void][] = [
    ["before anything is begun", (world) => world.arm("before GET /store")],
    ["before the POST is applied", (world) => world.armChange("POST", false)],
    ["before the store has the secret", (world) => world.arm("before PUT /store")],
    ["after the store has the secret", (world) => world.arm("after PUT /store")],
    ["before the service has the secret", (world) => world.arm("before POST /service")],
    ["after the service has the secret", (world) => world.arm("after POST /service")],
    ["while the store is read back", (world) => world.arm("after GET /store", "SIGKILL", 1)],
    ["while the service vouches for it", (world) => world.arm("after GET /service", "SIGKILL", 1)],
    ["before the DELETE is applied", (world) => world.armChange("DELETE", false)],
    ["after the DELETE is applied", (world) => world.armChange("DELETE", true)],
  ];
  test.each(moments)("killed %s, comes to its end when it is run again, by one rotation", async (_, arm) => {
    await using world = await World.open(node);
    arm(world);
    expect(await world.run()).toMatchObject({ code: null, signal: "SIGKILL" });
    expect(world.account.sandbox.accepts(clientId, world.secrets.service)).toBe(true);
    expect(await world.run()).toMatchObject({ code: 0 });
    world.requireDone();
    expect(world.changes).toEqual([1, 1]);
    expect(world.account.made(clientId)).toHaveLength(2);
  });

  test("killed before the DELETE is applied, asks the service once more before it sends another", async () => {
    await using world = await World.open(node);
    world.armChange("DELETE", false);
    expect(await world.run()).toMatchObject({ signal: "SIGKILL" });
    world.arm("before GET /service");
    expect(await world.run()).toMatchObject({ signal: "SIGKILL" });
    world.refusals.set("GET /service", { status: 500, skip: 0 });
    const { code, stderr } = await world.run();
    expect([code, stderr]).toEqual([75, expect.stringMatching(/^check-failed, finishing: /)]);
    expect(world.changes).toEqual([1, 0]);
    world.refusals.clear();
    expect(await world.run()).toMatchObject({ code: 0 });
    world.requireDone();
    expect(world.changes).toEqual([1, 1]);
  });

  test("killed before the response with the secret is read, asks before it gives that secret up", async () => {
    await using world = await World.open(node);
    world.armChange("POST", true);
    expect(await world.run()).toMatchObject({ signal: "SIGKILL" });
    const { code, stderr } = await world.run();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^secret-missing, requesting: [\s\S]*--accept-downtime/)]);
    expect(world.account.sandbox.accepts(clientId, world.secrets.service)).toBe(true);
    expect(world.changes).toEqual([1, 0]);
    expect(await world.run("--accept-downtime")).toMatchObject({ code: 0 });
    world.requireDone();
  });

  test("ended by SIGTERM, says where it stands, and continues", async () => {
    await using world = await World.open(node);
    world.arm("before PUT /store", "SIGTERM");
    const { code, stderr } = await world.run();
    expect([code, stderr]).toEqual([75, expect.stringMatching(/^interrupted, issued: /)]);
    expect(await world.run()).toMatchObject({ code: 0 });
    world.requireDone();
    expect(world.changes).toEqual([1, 1]);
  });

  test.each([
    ["PUT /store", 503, 0, "delivery-failed, issued: "],
    ["POST /service", 500, 0, "delivery-failed, issued: "],
    ["GET /service", 500, 0, "delivery-failed, issued: "],
    ["GET /service", 500, 1, "check-failed, delivered: "],
  ])(
    "where %s fails with %i after %i times, keeps both secrets, and goes on later",
    async (asked, status, skip, told) => {
      await using world = await World.open(node);
      world.refusals.set(asked, { status, skip });
      const { code, stderr } = await world.run();
      expect([code, stderr.slice(0, told.length)]).toEqual([75, told]);
      expect(world.changes).toEqual([1, 0]);
      world.refusals.clear();
      expect(await world.run()).toMatchObject({ code: 0 });
      world.requireDone();
      expect(world.changes).toEqual([1, 1]);
    },
  );

  test.each([
    ["a store that is shut", 75, {}, "delivery-failed"],
    ["a client without a secret", 1, { token_endpoint_auth_method: "none" }, "no-client-secret"],
  ] as const)("stops for %s before anything is changed", async (_, expected, client, reason) => {
    await using world = await World.open(node, client);
    if (reason === "delivery-failed") world.refusals.set("GET /store", { status: 503, skip: 0 });
    const { code, stderr } = await world.run();
    expect([code, stderr.split(",")[0]]).toEqual([expected, reason]);
    expect(world.changes).toEqual([0, 0]);
  });

  test("keeps a secret that neither the journal nor the store takes", async () => {
    await using world = await World.open(node);
    world.refusals.set("PUT /store", { status: 503, skip: 0 });
    world.account.arm(clientId, { name: "POST", method: "POST", isApplied: true }, async () => {
      rmSync(world.path("state"), { recursive: true });
      writeFileSync(world.path("state"), "");
    });
    const { code, stderr } = await world.run();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^journal-failed, /)]);
    const [, fresh = ""] = world.account.sandbox.secretsOf(clientId);
    expect(readFileSync(world.path(`${clientId}.secret`), "utf8")).toBe(fresh);
    expect(stderr).not.toContain(fresh);
  });

  test("stops for a setting that is missing", async () => {
    await using world = await World.open(node);
    const { code, stderr } = await world.runWith({ STORE_URL: "" });
    expect([code, stderr]).toEqual([1, expect.stringContaining("Set STORE_URL.")]);
    expect(world.account.sandbox.requests).toEqual([]);
  });
});
