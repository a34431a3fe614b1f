import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { clientId } from "../../support/command.ts";
import type { World } from "./world.ts";

/** Each attack by files: what the attacker gained, which is nothing if it is empty. */
export const folderAttacks: Readonly<Record<string, (world: World) => Promise<string[]>>> = {
  "a link named like a journal's file": linkInJournal,
  "a forged entry in a state directory that everybody can write to": (world) => forgedEntry(world, { mode: 0o777 }),
  "a forged entry in a state directory that the attacker made first": (world) => forgedEntry(world, { isTheirs: true }),
  "a forged entry in a log whose mode was loosened": forgedEntryInLog,
  "a forged entry in the attacker's home, after sudo has kept HOME": sudo,
  "a link in the place of a sink's file": (world) =>
    sink(world, 'touch "$1.theirs"; chmod 666 "$1.theirs"; ln -s "$1.theirs" "$1"'),
  "a file of the attacker's in the place of a sink's file": (world) => sink(world, 'touch "$1"; chmod 666 "$1"'),
  "a folder of the attacker's on the way to a sink's file": (world) => sink(world, 'mkdir -m 777 "$1"', "/secret"),
  "reading what a rotation under umask 000 leaves": umask,
};

async function linkInJournal(world: World): Promise<string[]> {
  // One on another server, so that this client has not been rotated yet.
  await using elsewhere = await world.another();
  const { path } = await elsewhere.forgedEntry("true");
  const precious = world.place.path("precious");
  writeFileSync(precious, "precious");
  const state = join(world.shared.path, "state");
  mkdirSync(state);
  chmodSync(state, 0o777);
  world.neighbour.run('mkdir -p "$1"; chmod 777 "$1"; ln -s "$2" "$1/key"', join(state, dirname(path)), precious);
  await world.rotate("file:secret", { CF_OAUTH_STATE_DIR: state });
  return readFileSync(precious, "utf8") === "precious" ? [] : ["another file was overwritten"];
}

interface Way {
  readonly mode?: number;
  readonly isTheirs?: boolean;
}

/** Whoever resumes by a journal into which the attacker has written runs the attacker's command. */
async function forgedEntry(world: World, { mode, isTheirs }: Way): Promise<string[]> {
  const state = join(world.shared.path, "state");
  if (!isTheirs) {
    mkdirSync(state);
    chmodSync(state, mode ?? 0o755);
  }
  return resume(world, state, { CF_OAUTH_STATE_DIR: state });
}

async function sudo(world: World): Promise<string[]> {
  const home = join(world.shared.path, "home");
  world.neighbour.run('mkdir "$1"', home);
  const state = join(home, ".local/state/cf-oauth");
  const environment = { HOME: home, SUDO_USER: world.neighbour.name, CF_OAUTH_STATE_DIR: "", XDG_STATE_HOME: "" };
  return resume(world, state, environment, "--state-dir");
}

/** Has the attacker plant an entry, and the user resume. @param advice what a refusal must name. */
async function resume(
  world: World,
  state: string,
  environment: Readonly<Record<string, string>>,
  advice = "",
): Promise<string[]> {
  const ran = world.place.path("ran");
  const { path, text } = await world.forgedEntry(`touch ${ran}`);
  world.neighbour.run('mkdir -p "$(dirname "$1")"; printf %s "$2" > "$1"', join(state, path), text);
  const { stderr } = await world.run(["resume", clientId], environment);
  if (existsSync(ran)) return ["the attacker's command ran"];
  return stderr.includes(advice) ? [] : [`the refusal does not name ${advice}: ${stderr}`];
}

/** Everything above the log is private, but not the log itself. */
async function forgedEntryInLog(world: World): Promise<string[]> {
  const ran = world.place.path("ran");
  const { path, text } = await world.forgedEntry(`touch ${ran}`);
  const entry = join(world.shared.path, "state", path);
  mkdirSync(dirname(entry), { recursive: true, mode: 0o755 });
  chmodSync(dirname(entry), 0o777);
  world.neighbour.run('printf %s "$2" > "$1"', entry, text);
  await world.run(["resume", clientId], { CF_OAUTH_STATE_DIR: join(world.shared.path, "state") });
  const faults = existsSync(ran) ? ["the attacker's command ran"] : [];
  if ((lstatSync(dirname(entry)).mode & 0o022) !== 0) faults.push("others can still write to the log");
  return faults;
}

/** @param script makes something in the place `$1` of a sink. @param below what the sink's path has after it. */
async function sink(world: World, script: string, below = ""): Promise<string[]> {
  const faults: string[] = [];
  for (const kind of ["file", "dotenv"]) {
    const place = join(world.shared.path, kind);
    world.neighbour.run(script, place);
    await world.rotate(`${kind}:${place}${below}${kind === "dotenv" ? "#SECRET" : ""}`);
    if (world.place.posts > 0) faults.push(`${kind}: a new secret was requested`);
    faults.push(...readable(world).map((path) => `${kind}: the attacker can read the secret in ${path}`));
  }
  return faults;
}

async function umask(world: World): Promise<string[]> {
  const before = process.umask(0);
  try {
    for (const folder of ["state", "app"]) mkdirSync(join(world.shared.path, folder), { mode: 0o755 });
    const app = join(world.shared.path, "app");
    writeFileSync(join(app, "app.env"), "A=1\n", { mode: 0o600 });
    const environment = { CF_OAUTH_STATE_DIR: join(world.shared.path, "state") };
    const sinks = [`two=file:${app}/secret`, `three=exec:cat > /dev/null; false`].flatMap((spec) => ["--to", spec]);
    const words = ["rotate", clientId, "--to", `one=dotenv:${app}/app.env#SECRET`, ...sinks];
    const { code, stderr } = await world.run([...words, "--no-verify", "--no-check", "--yes"], environment);
    if (code !== 6) return [`the rotation ended with ${code}: ${stderr}`];
  } finally {
    process.umask(before);
  }
  return readable(world).map((path) => `the attacker can read the secret in ${path}`);
}

/** Files in the shared folder that show the new secret to the attacker. */
function readable({ place, neighbour, shared }: World): string[] {
  const secrets = place.sandbox.secretsOf(clientId);
  const script = 'cd "$1"; shift; for secret; do grep -rlF "$secret" . 2>/dev/null || :; done';
  return neighbour
    .run(script, shared.path, ...secrets)
    .split("\n")
    .filter(Boolean);
}
