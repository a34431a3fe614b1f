import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { rotateByCommand } from "./cf-oauth.ts";
import { parseChecks, type Runtime } from "./runtime.ts";

const execute = promisify(execFile);

/**
 * A runtime that is a command.
 *
 * @param path of the command, in the folder where the runtimes are installed.
 * @param options that come before the program.
 */
export function command(name: string, path: string, ...options: string[]): Runtime {
  const isNode = name.startsWith("Node");
  return {
    name,
    async run({ project, modules, addresses }) {
      const file = join(modules, path);
      // An environment of its own: no credentials of ours, and no caches outside of the project.
      const settings = { cwd: project, env: { DENO_DIR: join(project, ".deno") }, timeout: 30_000 };
      const version = await execute(file, ["--version"], settings);
      const args = [...options, join(project, "programs/process.js"), JSON.stringify(addresses)];
      const { stdout } = await execute(file, args, settings);
      const checks = [...parseChecks(stdout), ...(isNode ? [await rotateByCommand(file, project)] : [])];
      return { version: version.stdout.match(/\d+\.\d+\.\d+/)?.[0] ?? "?", checks };
    },
  };
}
