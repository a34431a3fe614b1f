import { beforeEach, describe, expect, test } from "vitest";
import { clientId, holdClock, type Moment, Process, settle, untilDone, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const behaviours = ["keep", "refuse", "replace"] as const;
type Behaviour = (typeof behaviours)[number];
const lags = [0, 5000];

/**
 * What the state table allows, from what had happened when the process ended: had the secret been created, and is it
 * in the journal; had the deletion been applied, or only not been answered.
 */
function allowed({ what, point }: Moment, behaviour: Behaviour): { posts: number; deletes: number; outage: boolean } {
  const lostSecret =
    (what === "POST rotate_secret" && point.startsWith("lost")) || (what === "append issued" && point === "before");
  // A secret that nobody holds exists: recovering sends another POST; where that is refused, a DELETE and one more POST.
  if (lostSecret)
    return behaviour === "refuse"
      ? { posts: 3, deletes: 2, outage: true }
      : { posts: 2, deletes: 1, outage: behaviour === "replace" };
  return { posts: 1, deletes: 1, outage: false };
}

async function moments(behaviour: Behaviour, readLag: number): Promise<Moment[]> {
  const process = new Process(new World({ onSecondRotation: behaviour, readLag }));
  await settle(process.run("rotate", { finish: true }));
  return process.moments;
}

let combinations = 0;

describe.each(behaviours)("where the server would %s a second rotation", (behaviour) => {
  describe.each(lags)("and reads lag by %i ms", (readLag) => {
    test("a process can end at any point, and what it says comes next leads to done", async () => {
      const points = await moments(behaviour, readLag);
      for (const [index, moment] of points.entries()) {
        const name = `${moment.point} ${moment.what} (${index})`;
        const world = new World({ onSecondRotation: behaviour, readLag });
        const process = new Process(world, index);
        const run = process.run("rotate", { finish: true });
        run.catch(() => undefined);
        await settle(Promise.race([process.ended, run]));

        const commands = await untilDone(world, { finish: true });
        const { posts, deletes, outage } = allowed(moment, behaviour);
        const seen = { posts: world.posts, deletes: world.deletes, outage: world.outages.length > 0, commands };
        expect(seen, name).toEqual({ posts, deletes, outage, commands });
        expect(world.sandbox.secretsOf(clientId), name).toEqual([world.deployed]);
        const latest = await world.journal.latest(`${world.sandbox.accountId}/${clientId}`);
        expect(latest?.entry, name).not.toContain(world.deployed);
        combinations++;
      }
    });
  });
});

test("prints how many combinations were run", () => {
  console.log(`crash points: ${combinations} combinations`);
  expect(combinations).toBeGreaterThan(200);
});
