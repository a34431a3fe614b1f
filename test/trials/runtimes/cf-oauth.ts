import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Check } from "./runtime.ts";

const execute = promisify(execFile);
const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";

/** Rotates a secret and finishes by the command, on the sandbox, as it is installed. */
export async function rotateByCommand(node: string, project: string): Promise<Check> {
  const name = "the command rotates into a file and a command, and finishes";
  const folder = await mkdtemp(join(tmpdir(), "cf-oauth-"));
  const run = (...words: string[]) =>
    execute(
      node,
      [join(project, "node_modules/cloudflare-oauth-clients/dist/cli/cf-oauth.js"), ...words, "--sandbox"],
      {
        cwd: folder,
        env: { PATH: process.env.PATH, CF_OAUTH_STATE_DIR: join(folder, "state") },
        timeout: 60_000,
      },
    );
  try {
    await run(
      "rotate",
      clientId,
      "--to",
      "dotenv:.env#KEY",
      "--to",
      "x=exec:cat >stored",
      "--read-back",
      "x=cat stored",
    );
    const { stdout } = await run("finish", clientId, "--json");
    const [line, stored] = await Promise.all([".env", "stored"].map((file) => readFile(join(folder, file), "utf8")));
    const ok = JSON.parse(stdout).phase === "done" && line === `KEY=${stored}\n`;
    return { name, ok, detail: ok ? "" : stdout };
  } catch (error) {
    return {
      name,
      ok: false,
      detail: error instanceof Error && "stderr" in error ? String(error.stderr) : String(error),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
