import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openJournal } from "../../../src/cli/session/journal.ts";
import { Output } from "../../../src/cli/terminal/output.ts";
import { parseSink } from "../../../src/node/index.ts";
import { entryOf } from "../../support/entries.ts";
import { type Neighbour, SharedFolder } from "./account.ts";

const rounds = 200;
const mark = "secret-of-the-swaps";
const precious = "precious\n";

/** Makes and removes a folder and links in its place, for ever: `<place> <folder of its own> <folder of root>`. */
const replaces = `
$| = 1; my ($place, $evil, $precious) = @ARGV; print "at work\\n";
for (my $n = 0; ; $n++) {
  my $kind = int(rand(4));
  if ($kind == 0) { symlink($precious, $place) } elsif ($kind == 1) { symlink($evil, $place) }
  else { mkdir($place, 0777); mkdir("$place/journal", 0777) if $kind == 2 }
  select(undef, undef, undef, rand(0.004));
  unlink($place); rmdir("$place/journal"); rmdir($place); rename($place, "$evil/taken$n");
  select(undef, undef, undef, rand(0.004));
}`;

/** Puts others in the place of something, and it back, for ever: `<place> <other name> <folder or file of its own> <one of root>`. */
const swaps = `
$| = 1; my ($place, $aside, $evil, $precious) = @ARGV; print "at work\\n";
for (;;) {
  my $kind = int(rand(3));
  if (rename($place, $aside)) {
    if ($kind == 0) { symlink($precious, $place) } elsif ($kind == 1) { symlink($evil, $place) } else { rename($evil, $place) }
    select(undef, undef, undef, rand(0.002));
    if ($kind == 2) { rename($place, $evil) } else { unlink($place) }
    rename($aside, $place);
  }
  select(undef, undef, undef, rand(0.1));
}`;

/** What came of many attempts during an attack. */
interface Outcome {
  readonly done: number;
  readonly refused: number;
}

/** @returns What an attacker reached who swaps folders and files for links meanwhile. */
export async function faultsOfSwaps(neighbour: Neighbour): Promise<string[]> {
  return [...(await ofStateDirectory(neighbour)), ...(await ofFolder(neighbour)), ...(await ofFile(neighbour))];
}

/** A state directory that does not exist yet, in a folder such as /tmp. */
async function ofStateDirectory(neighbour: Neighbour): Promise<string[]> {
  using shared = new SharedFolder(0o1777);
  using victim = new SharedFolder(0o1777);
  const [state, evil] = [join(shared.path, "state"), join(shared.path, "evil")];
  neighbour.run('mkdir -m 755 "$1"', evil);
  const faults: string[] = [];
  const outcome = await neighbour.during("perl", ["-e", replaces, state, evil, victim.path], () =>
    many(async (round) => {
      const { journal } = openJournal(undefined, state, { isTrusted: false, output: new Output({ quiet: true }) });
      const entry = entryOf("issued", { secret: `${mark}-${round}` });
      const isAppended = await journal.append("account/client", 1, entry);
      const latest = await journal.latest("account/client");
      if (!isAppended || latest?.entry !== entry) faults.push("an entry that was written is not there");
      if (lstatSync(state).uid !== 0) faults.push("the journal is in a folder of another user");
      rmSync(state, { recursive: true });
    }),
  );
  report("journal writes while the state directory is swapped", outcome);
  return [...faults, ...reached(evil, []), ...reached(victim.path, []), ...unexercised(outcome)];
}

/** A sink in a folder of root, in a folder in which everybody can move it. */
async function ofFolder(neighbour: Neighbour): Promise<string[]> {
  using shared = new SharedFolder(0o777);
  const [app, evil, victim] = ["app", "evil", "precious"].map((name) => join(shared.path, name)) as [
    string,
    string,
    string,
  ];
  using hidden = new SharedFolder(0o777);
  for (const folder of [app, join(hidden.path, "precious")]) {
    mkdirSync(folder);
    for (const name of ["app.env", "secret"]) writeFileSync(join(folder, name), precious, { mode: 0o600 });
  }
  neighbour.run('mkdir -m 755 "$1"; for n in app.env secret; do echo A=1 > "$1/$n"; chmod 666 "$1/$n"; done', evil);
  const outcome = await neighbour.during(
    "perl",
    ["-e", swaps, app, `${victim}-aside`, evil, join(hidden.path, "precious")],
    () => deliveries([`dotenv:${app}/app.env#SECRET`, `file:${app}/secret`]),
  );
  report("deliveries while the folder of a sink is swapped", outcome);
  return [
    ...reached(join(hidden.path, "precious"), ["app.env", "secret"]),
    ...readable(shared.path, neighbour),
    ...unexercised(outcome),
  ];
}

/** A sink's file in a folder in which everybody can move it. */
async function ofFile(neighbour: Neighbour): Promise<string[]> {
  using shared = new SharedFolder(0o777);
  using hidden = new SharedFolder(0o777);
  const victim = join(hidden.path, "precious");
  writeFileSync(victim, precious, { mode: 0o600 });
  const [file, evil] = [join(shared.path, "app.env"), join(shared.path, "evil")];
  writeFileSync(file, "A=1\n", { mode: 0o600 });
  neighbour.run('echo A=1 > "$1"; chmod 666 "$1"', evil);
  const outcome = await neighbour.during("perl", ["-e", swaps, file, `${file}-aside`, evil, victim], () =>
    deliveries([`dotenv:${file}#SECRET`]),
  );
  report("deliveries while the file of a sink is swapped", outcome);
  return [...reached(hidden.path, ["precious"]), ...readable(shared.path, neighbour), ...unexercised(outcome)];
}

function deliveries(specs: readonly string[]): Promise<Outcome> {
  const sinks = specs.flatMap((spec) => [parseSink(spec), parseSink(spec, { inPlace: true })]);
  return many(async (round) => {
    const sink = sinks[round % sinks.length];
    const { signal } = new AbortController();
    await sink?.preflight?.({ signal });
    await sink?.deliver(`${mark}-${round}`, { signal });
  });
}

async function many(work: (round: number) => Promise<void>): Promise<Outcome> {
  let done = 0;
  for (let round = 0; round < rounds; round++)
    await work(round).then(
      () => done++,
      () => undefined,
    );
  return { done, refused: rounds - done };
}

function report(what: string, { done, refused }: Outcome): void {
  console.log(`${rounds} ${what}: ${done} were made, ${refused} refused`);
}

/** An attack that never came in between shows nothing. */
function unexercised({ done, refused }: Outcome): string[] {
  return done === 0 || refused === 0
    ? [`of ${rounds} attempts ${refused} were refused: the attack was not in between`]
    : [];
}

/** What was written to a folder that is none of the product's, or what changed in it. */
function reached(folder: string, own: readonly string[]): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  // What the attacker has moved there was theirs.
  const more = names.filter((name) => !own.includes(name) && statSync(join(folder, name)).uid === 0);
  const changed = own.filter((name) => readFileSync(join(folder, name), "utf8") !== precious);
  return [
    ...more.map((name) => `${name} was made in a folder behind a link`),
    ...changed.map((name) => `${name} was changed behind a link`),
  ];
}

/** Files with a secret that the attacker can read. */
function readable(folder: string, { uid }: Neighbour): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path) && statSync(path).isFile() && readFileSync(path, "utf8").includes(mark))
    .filter((path) => statSync(path).uid === uid || (statSync(path).mode & 0o044) !== 0)
    .map((path) => `the attacker can read the secret in ${path}`);
}
