/**
 * `npm start`: a whole rotation by the command, step by step, on the sandbox: no account is needed, and nothing leaves this
 * machine.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";

const command = fileURLToPath(new URL("../src/cli/bin.ts", import.meta.url));
const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
// Its folder is where a service would live: its settings, and beside them the journal of rotations.
const folder = mkdtempSync(join(tmpdir(), "cf-oauth-start-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function say(text: string): void {
  console.log(`\n${styleText("bold", text)}`);
}

function run(...words: string[]): void {
  console.log(styleText("cyan", `$ cf-oauth ${words.join(" ")} --sandbox`));
  const { status } = spawnSync(process.execPath, [command, ...words, "--sandbox"], {
    cwd: folder,
    env: { ...process.env, CF_OAUTH_STATE_DIR: join(folder, "state") },
    // In order with our own output, also if it is piped.
    stdio: ["inherit", "inherit", process.stdout.isTTY ? "inherit" : 1],
  });
  if (status !== 0) process.exit(status ?? 1);
}

function show(file: string): void {
  console.log(styleText("cyan", `$ cat ${file}`));
  process.stdout.write(readFileSync(join(folder, file), "utf8"));
}

writeFileSync(join(folder, ".env"), "PORT=8080\nOAUTH_CLIENT_SECRET=the-old-one # read at start\n", { mode: 0o600 });

say("1. The account's OAuth clients");
run("list");
say("2. A service that keeps its client secret in a file");
show(".env");
say("3. Rotate: create a new secret, write it to that file, and verify it. Both secrets work afterwards");
run("rotate", clientId, "--to", "app=dotenv:.env#OAUTH_CLIENT_SECRET");
show(".env");
say("4. Restart the service. Then delete the old secret, if every check passes again");
run("finish", clientId);
say("If it had been killed, `cf-oauth resume` would continue. For your own account, leave out --sandbox.");
