import { type ChildProcess, spawn, spawnSync } from "node:child_process";

// Not ours: NODE_EXTRA_CA_CERTS, for one, adds 30 ms to every start of Node, and flatters every ratio.
const env = {};

/**
 * Runs a program to its end in a process of its own, with an empty environment.
 *
 * @returns What it printed, and how long the process took in milliseconds.
 * @throws {Error} If it fails, with its output.
 */
export function run(
  file: string,
  args: readonly string[],
  cwd?: string,
): { readonly stdout: string; readonly ms: number } {
  const start = performance.now();
  const { status, error, stdout, stderr } = spawnSync(file, args, { env, cwd, encoding: "utf8" });
  const ms = performance.now() - start;
  if (error) throw error;
  if (status !== 0) throw new Error(`${[file, ...args].join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return { stdout, ms };
}

/** A server in a process of its own, which ends when this one does. */
export interface Server {
  readonly url: string;
  close(): void;
}

/** Starts a program that prints its address when it listens, and ends when its standard input does. */
export async function startServer(file: string, args: readonly string[]): Promise<Server> {
  const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "inherit"] });
  return { url: await firstLine(child), close: () => child.stdin.end() };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}.`)));
  });
}
