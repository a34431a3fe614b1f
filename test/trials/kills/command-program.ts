/** What every scenario runs: a copy of the built command, since somebody may build meanwhile, and what is loaded into it. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleForNode } from "../../support/bundle.ts";
import { program } from "../../support/command.ts";
import { speedUpDate } from "../../support/faster-clock.ts";

/**
 * The waits of the workflow are made for a service far away: its minutes become seconds here, and the 30 s that a read may
 * lag 1.2 s. No faster, since a read of the client before a DELETE must not take longer than a second, which becomes 40 ms.
 */
export const speed = 25;
const origin = Date.now();
// The server's clock, which is this process's, and those of the commands agree.
speedUpDate(speed, origin);

const folder = mkdtempSync(join(tmpdir(), "kills-command-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
cpSync(dirname(program), join(folder, "dist"), { recursive: true });
const copy = join(folder, "dist", "cf-oauth.js");
const preload = join(folder, "preload.mjs");
await bundleForNode(fileURLToPath(new URL("command-preload.ts", import.meta.url)), preload);

/** A folder for the PATH, in which `cf-oauth` is the copy, and nothing else is. */
const bin = join(folder, "bin");
mkdirSync(bin);
writeFileSync(join(bin, "cf-oauth"), `#!/bin/sh\nexec '${process.execPath}' '${copy}' "$@"\n`, { mode: 0o755 });
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
// Some run as another user.
chmodSync(folder, 0o755);

/** The command as a process is started. */
export const command: readonly [string, string] = [process.execPath, copy];

/** What the environment has besides, for a command that can be held up in a folder. */
export function environmentOf(holds: string): Record<string, string> {
  return {
    PATH: `${bin}:${process.env.PATH ?? ""}`,
    NODE_OPTIONS: `--import file://${preload}`,
    KILLS_HOLDS: holds,
    KILLS_SPEED: String(speed),
    KILLS_ORIGIN: String(origin),
  };
}
