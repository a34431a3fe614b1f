/**
 * Real kills: `npm run trial -- kills [--kills 200] [--seed 1]`. Processes that rotate a secret, or create a client, are ended
 * by SIGKILL at random moments, then others resume, some of which are killed in turn, until every rotation is done; where a
 * client is created, responses are lost as well, and there must be one client in the end. A rotation is lost if
 * its deployed secret was refused at any time (but while recovering), if in the end it is not the one that is live, if the
 * journal keeps a secret, or if more was sent than the table of steps allows.
 */
import { parseArgs } from "node:util";
import { Random } from "../../support/random.ts";
import { type Beginning, iterate, type Outcome } from "./iteration.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string" },
    jobs: { type: "string", default: "4" },
  },
});
const wanted = Number(values.kills);
// The moments are repeatable by it; what each of them meets is a matter of microseconds, and is not.
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);

/** Whether so many kills were survived. */
async function survive(beginning: Beginning, wanted: number): Promise<boolean> {
  const start = performance.now();
  const undisturbed = await iterate(beginning, new Random(`${seed}`), 0);
  const outcomes: Outcome[] = [];
  let begun = 0;
  let kills = 0;
  let lost = 0;

  async function work(): Promise<void> {
    while (kills < wanted) {
      const number = ++begun;
      const outcome = await iterate(beginning, new Random(`${seed + number}`), undisturbed.events);
      outcomes.push(outcome);
      kills += outcome.kills.length;
      if (outcome.faults.length === 0) continue;
      lost++;
      console.error(`${beginning} ${number}: ${outcome.faults.join("; ")} (killed at: ${outcome.kills.join("; ")})`);
    }
  }

  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  if (undisturbed.faults.length > 0) {
    lost++;
    console.error(`the ${beginning} that nobody killed: ${undisturbed.faults.join("; ")}`);
  }

  const standings = new Map<string, number>();
  for (const standing of outcomes.flatMap((outcome) => outcome.kills).sort())
    standings.set(standing, (standings.get(standing) ?? 0) + 1);
  const histogram = [...standings].map(([standing, count]) => `${standing}: ${count}`).join(", ");
  const sum = (of: "posts" | "deletes" | "answersLost") => outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(
    `${kills} kills of ${outcomes.length} ${beginning === "create" ? "creations" : "rotations"} (${histogram}), ${sum("posts")} POSTs, ${sum("deletes")} DELETEs, ` +
      `${sum("answersLost")} answers lost, rotations lost: ${lost}, seed ${seed}, ${seconds} s`,
  );
  return lost === 0 && kills >= wanted;
}

// Both spend their time waiting.
const survived = await Promise.all([survive("rotate", wanted), survive("create", wanted / 2)]);
process.exitCode = survived.every(Boolean) ? 0 : 1;
