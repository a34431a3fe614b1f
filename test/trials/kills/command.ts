/**
 * Kills of the built command: `npm run trial -- kills-of-the-command [--seed 1] [--stop SIGINT] [--moment "POST …"] [--log]`. It is
 * held up at each moment of a rotation and stopped in each way; then the command line that it has printed (or that
 * `cf-oauth status` tells) is followed by a shell, again and again, until the rotation is done. A rotation is lost if a
 * deployed secret was refused before somebody recovered, if in the end it is not the one that is live, if the state
 * directory keeps a secret, if anything printed shows one, or if more was asked for than the responses that were lost explain.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import type { Moment } from "./command-moments.ts";
import type { Outcome } from "./command-scenario.ts";
import type { Stop } from "./command-stops.ts";

// Whatever is mounted goes away with the namespace.
if (process.env.KILLS_MOUNTS === undefined) {
  const own = ["--mount", "--propagation", "private"];
  const canMount = process.getuid?.() === 0 && spawnSync("unshare", [...own, "true"]).status === 0;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const [program = "", ...words] = canMount ? ["unshare", ...own, ...again] : again;
  const env = { ...process.env, KILLS_MOUNTS: canMount ? "own" : "none" };
  process.exit(spawnSync(program, words, { stdio: "inherit", env }).status ?? 1);
}

const { moments } = await import("./command-moments.ts");
const { isPossible, stops } = await import("./command-stops.ts");
const { play } = await import("./command-scenario.ts");
const { Random } = await import("../../support/random.ts");

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    jobs: { type: "string", default: "3" },
    stop: { type: "string" },
    moment: { type: "string" },
    log: { type: "boolean", default: false },
  },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);

interface Played {
  readonly stop: Stop;
  readonly moment: Moment;
  readonly outcome: Outcome;
}

const all = stops.flatMap((stop) => moments.map((moment) => ({ stop, moment })));
const wanted = all
  // A number of its own for each, so that one that is repeated alone is the same.
  .map((one, index) => ({ ...one, random: new Random(`${seed + index}`) }))
  .filter(({ stop, moment }) => stop.impossible === undefined && isPossible(stop, moment))
  .filter(({ stop }) => values.stop === undefined || stop.name === values.stop)
  .filter(({ moment }) => values.moment === undefined || moment.name === values.moment);
const played: Played[] = [];
const waiting = [...wanted];

async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { stop, moment, random } = next;
    const outcome = await play(stop, moment, random);
    played.push({ stop, moment, outcome });
    if (outcome.faults.length > 0) console.error(`${stop.name} at "${moment.name}": ${outcome.faults.join("; ")}`);
    if (values.log) console.error(outcome.log);
  }
}

const start = performance.now();
await Promise.all(Array.from({ length: Number(values.jobs) }, work));
const seconds = ((performance.now() - start) / 1000).toFixed(0);

const isLost = ({ outcome }: Played) => outcome.faults.length > 0;
const width = Math.max(...stops.map(({ name }) => name.length));
for (const [index, { name }] of moments.entries()) console.log(`${String.fromCharCode(97 + index)}  ${name}`);
const letters = moments.map((_, index) => String.fromCharCode(97 + index)).join(" ");
console.log(`\n${"".padEnd(width)}  ${letters}  stops  commands after  answers lost  rotations lost`);
for (const stop of stops) {
  if (stop.impossible !== undefined) {
    console.log(`${stop.name.padEnd(width)}  skipped: ${stop.impossible}`);
    continue;
  }
  const ours = played.filter((one) => one.stop === stop);
  const cells = moments.map((moment) => ours.filter((one) => one.moment === moment).length || "·").join(" ");
  const sum = (of: (outcome: Outcome) => number) => ours.reduce((total, { outcome }) => total + of(outcome), 0);
  const sums = [
    String(ours.length).padStart(5),
    String(sum(({ followed }) => followed.length)).padStart(14),
    String(sum(({ answersLost }) => answersLost)).padStart(12),
    String(ours.filter(isLost).length).padStart(14),
  ];
  console.log(`${stop.name.padEnd(width)}  ${cells}  ${sums.join("  ")}`);
}
const lost = played.filter(isLost).length;
console.log(`\n${played.length} stops, rotations lost: ${lost}, seed ${seed}, ${seconds} s`);
process.exitCode = lost > 0 || played.length < wanted.length ? 1 : 0;
