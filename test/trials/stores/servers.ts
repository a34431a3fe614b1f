/** Real servers in a temporary folder, on free ports of loopback, which can be killed and started again. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { journalRecipes } from "../../../src/cli/commands/journal-recipes.ts";
import { postgresFolder } from "./install.ts";

/** Who runs PostgreSQL, which refuses to be run by root. */
const nobody = { uid: 65_534, gid: 65_534 };
const asNobody: Partial<typeof nobody> = process.getuid?.() === 0 ? nobody : {};
const password = "a password";

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A port that reads a little, and closes the connection. */
async function cutPort(): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

abstract class Server {
  readonly folder: string = mkdtempSync(join(tmpdir(), "stores-server-"));
  readonly port: number;
  /** A port where connections are cut off. */
  readonly cut: number;
  readonly #closeCut: () => void;
  #child: ChildProcess | undefined;

  constructor(port: number, cut: { readonly port: number; close(): void }) {
    this.port = port;
    this.cut = cut.port;
    this.#closeCut = cut.close;
  }

  /** The program and its arguments. */
  protected abstract get words(): readonly [string, ...string[]];
  /** Whether it answers. */
  protected abstract isReady(): boolean;

  async start(): Promise<void> {
    const [program, ...words] = this.words;
    const child = spawn(program, words, { cwd: this.folder, stdio: "ignore", ...asNobody });
    this.#child = child;
    const killAtExit = () => child.kill("SIGKILL");
    process.once("exit", killAtExit);
    child.once("exit", () => process.off("exit", killAtExit));
    for (let times = 0; times < 300; times++) {
      if (this.isReady()) return;
      await delay(100);
    }
    throw new Error(`${program} does not answer`);
  }

  /** Kills it at once, so that what it has not flushed is lost with it. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async close(): Promise<void> {
    await this.kill();
    this.#closeCut();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Whether a program succeeds. */
  protected succeeds(program: string, words: readonly string[], env: Readonly<Record<string, string>>): boolean {
    try {
      execFileSync(program, [...words], { env: { ...process.env, ...env }, stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  }
}

const tables = [
  "CREATE TABLE secrets (name text PRIMARY KEY, value text NOT NULL)",
  // As the journal's recipe asks for it at its top.
  journalRecipes.postgres.replace(/^[\s\S]*(CREATE TABLE .*)\n#( .*\));[\s\S]*$/, "$1$2"),
];

/** PostgreSQL with a database `test`, which has the tables of the recipes. */
export class PostgreSQL extends Server {
  static async open(): Promise<PostgreSQL> {
    const server = new PostgreSQL(await freePort(), await cutPort());
    const { folder } = server;
    if (asNobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid);
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "password"), password, { mode: 0o644 });
    const words = [
      "-D",
      join(folder, "data"),
      "-U",
      "test",
      "-A",
      "scram-sha-256",
      "--pwfile",
      join(folder, "password"),
    ];
    execFileSync(join(postgresFolder() ?? "", "initdb"), [...words, "--encoding=UTF8", "--locale=C", "--no-sync"], {
      cwd: folder,
      stdio: "ignore",
      ...asNobody,
    });
    await server.start();
    const { environment } = server;
    server.succeeds("psql", ["-X", "-c", "CREATE DATABASE test"], { ...environment, PGDATABASE: "postgres" });
    for (const table of tables)
      if (!server.succeeds("psql", ["-X", "-c", table], environment)) throw new Error(`PostgreSQL refuses ${table}`);
    return server;
  }

  get environment(): Record<string, string> {
    return { PGHOST: "127.0.0.1", PGPORT: String(this.port), PGUSER: "test", PGPASSWORD: password, PGDATABASE: "test" };
  }

  protected get words(): readonly [string, ...string[]] {
    const settings = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="];
    return [
      join(postgresFolder() ?? "", "postgres"),
      "-D",
      join(this.folder, "data"),
      "-p",
      String(this.port),
      ...settings,
    ];
  }

  protected isReady(): boolean {
    return this.succeeds("psql", ["-X", "-c", "SELECT 1"], { ...this.environment, PGDATABASE: "postgres" });
  }
}

/** Redis that flushes each write to the disk before it answers. */
export class Redis extends Server {
  static async open(): Promise<Redis> {
    const server = new Redis(await freePort(), await cutPort());
    if (asNobody.uid !== undefined) chownSync(server.folder, nobody.uid, nobody.gid);
    mkdirSync(join(server.folder, "data"));
    if (asNobody.uid !== undefined) chownSync(join(server.folder, "data"), nobody.uid, nobody.gid);
    await server.start();
    return server;
  }

  get environment(): Record<string, string> {
    return { REDISCLI_AUTH: password, JOURNAL_PORT: String(this.port) };
  }

  protected get words(): readonly [string, ...string[]] {
    const kept = ["--appendonly", "yes", "--appendfsync", "always", "--dir", join(this.folder, "data")];
    return ["redis-server", "--port", String(this.port), "--bind", "127.0.0.1", "--requirepass", password, ...kept];
  }

  protected isReady(): boolean {
    return this.succeeds("redis-cli", ["-e", "-p", String(this.port), "PING"], this.environment);
  }
}
