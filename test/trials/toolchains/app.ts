import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startMiniflare } from "../../support/miniflare.ts";
import { tools } from "../../support/packed-package.ts";
import type { Seen } from "./programs.ts";
import type { App } from "./toolchains.ts";

/** What came of an app. */
export interface Run {
  /** What each of its programs saw. */
  readonly seen: readonly Seen[];
  readonly version: string;
  /** All that its commands printed. */
  readonly output: string;
}

/** The runtimes that are no tools of Node's. */
const runtimes: Readonly<Record<string, string>> = {
  bun: join(tools, "node_modules/bun/bin/bun"),
  deno: join(tools, "node_modules/deno/deno"),
};

/** Builds and runs an app. @param toolsFolder whose `node_modules` has the tools. */
export async function runApp(app: App, folder: string, toolsFolder: string): Promise<Run> {
  const commands = app.commands.map((words) => commandOf(words, folder, toolsFolder));
  let output = "";
  for (const { file, words } of commands) {
    const { text, isFailed } = await run(file, words, folder);
    output += text;
    if (isFailed) return { seen: [], version: versionOf(app, toolsFolder), output };
  }
  const answer = await answerOf(app, folder, toolsFolder).catch(String);
  if (answer !== undefined) output += `seen ${answer}\n`;
  const printed = [...output.matchAll(/seen (\{.*\})/g)].map(([, text = ""]): Seen => JSON.parse(text));
  // A program that printed nothing has seen nothing.
  const programs = commands.filter(({ isOwn }) => isOwn).length || 1;
  return { seen: printed.length === programs ? printed : [], version: versionOf(app, toolsFolder), output };
}

/** A command to run; its program is the app's own, a tool's, or a runtime. */
function commandOf(words: readonly string[], folder: string, toolsFolder: string) {
  const [first = ""] = words;
  const runtime = runtimes[first];
  if (runtime !== undefined) return { file: runtime, words: words.slice(1), isOwn: true };
  const found = words.map((word) => {
    const tool = join(toolsFolder, "node_modules", word);
    return /^[\w@.-]+\/.*\w$/.test(word) && existsSync(tool) ? tool : word;
  });
  const isOwn = words.length === 1 && !existsSync(join(toolsFolder, "node_modules", first));
  return { file: process.execPath, words: isOwn ? [join(folder, first)] : found, isOwn };
}

/** An environment of its own: nobody's credentials and settings, and nothing that tells the makers of tools. */
function environment(folder: string) {
  return {
    PATH: process.env.PATH,
    HOME: folder,
    CI: "1",
    NO_COLOR: "1",
    NEXT_TELEMETRY_DISABLED: "1",
    WRANGLER_SEND_METRICS: "false",
    DENO_DIR: join(folder, ".deno"),
    DENO_NO_UPDATE_CHECK: "1",
  };
}

function run(file: string, words: readonly string[], cwd: string): Promise<{ text: string; isFailed: boolean }> {
  const settings = { cwd, env: environment(cwd), timeout: 600_000, maxBuffer: 1 << 24 };
  return new Promise((resolve) => {
    execFile(file, words, settings, (error, stdout, stderr) => {
      resolve({ text: `${stdout}\n${stderr}\n${error ? error.message : ""}`, isFailed: error !== null });
    });
  });
}

function versionOf({ version }: App, toolsFolder: string): string {
  if (version === "node") return process.versions.node;
  const folder = runtimes[version] === undefined ? toolsFolder : tools;
  const manifest = JSON.parse(readFileSync(join(folder, "node_modules", version, "package.json"), "utf8"));
  return manifest.version;
}

/** What a server, or a Worker, answers; undefined if the app is none. */
async function answerOf(app: App, folder: string, toolsFolder: string): Promise<string | undefined> {
  if (app.worker !== undefined) return askWorker(join(folder, app.worker));
  if (app.server === undefined) return undefined;
  const port = await freePort();
  const { file, words } = commandOf(app.server(port), folder, toolsFolder);
  const child = spawn(file, words, { cwd: folder, env: environment(folder), stdio: "ignore", detached: true });
  try {
    return await ask(`http://127.0.0.1:${port}/call`, child);
  } finally {
    // Its process group: servers have workers.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  }
}

async function askWorker(file: string): Promise<string> {
  const script = readFileSync(file, "utf8");
  const worker = startMiniflare({ modules: true, script, compatibilityDate: "2026-07-01" });
  try {
    return await (await worker.dispatchFetch("http://worker/", {})).text();
  } finally {
    await worker.dispose();
  }
}

/** Asks again until the server listens. */
async function ask(url: string, child: ChildProcess): Promise<string> {
  while (child.exitCode === null) {
    const response = await fetch(url).catch(() => undefined);
    if (response) return await response.text();
    await wait(200);
  }
  throw new Error(`The server ended with ${child.exitCode}.`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
