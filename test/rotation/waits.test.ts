import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Command,
  clientId,
  failure,
  holdClock,
  Process,
  settle,
  verified,
  World,
} from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const rotation = "oauth-clients-rotate-secret";
const deletion = "oauth-clients-delete-rotated-secret";
const timeout = 1000;

/** Why a run has waited; not between the requests of a verification. */
function waitsOf({ events }: Process): string[] {
  return events.flatMap((event) =>
    event.type === "wait" && event.why !== "until the next verification" ? [event.why] : [],
  );
}

/** A process that has performed a command to its end. */
async function settled(world: World, command: Command): Promise<Process> {
  const process = new Process(world);
  await settle(process.run(command));
  return process;
}

test("reads come at growing gaps, of four seconds at most, and the last when the time is over", async () => {
  const world = new World({ faults: [{ operation: rotation, kind: "lost" }] });
  await failure(new Process(world).run("rotate", {}, { timeout }));
  const before = world.sandbox.requests.length;
  await settle(new Process(world).run("resume", {}, { timeout }));

  const since = world.sandbox.requests.slice(before);
  const reads = since.slice(
    0,
    since.findIndex(({ operation }) => operation === rotation),
  );
  const gaps = reads.slice(1).map(({ at }, index) => at - (reads[index]?.at ?? 0));
  expect(gaps.slice(0, 4)).toEqual([500, 1000, 2000, 4000]);
  expect(Math.max(...gaps)).toBe(4000);
  // An announcement counts for 30 s, the request for its time-out, and reads may lag by 30 s.
  const settling = 30_000 + timeout + 30_000;
  const [first = 0, second = 0] = world.sandbox.requests
    .filter(({ operation }) => operation === rotation)
    .map(({ at }) => at);
  expect(second - first).toBeGreaterThanOrEqual(settling);
  // The server's dates have no fractions of a second.
  expect(second - first).toBeLessThanOrEqual(settling + 2000);
});

describe("nothing is waited for where the first read tells what there is to know:", () => {
  test.each<[string, () => Promise<Process>]>([
    [
      "that a lost deletion was applied",
      async () => {
        const world = new World({ faults: [{ operation: deletion, kind: "error-applied" }] });
        await failure(new Process(world).run("rotate", { finish: true }));
        return settled(world, "finish");
      },
    ],
    [
      "that a lost deletion which makes room was applied",
      async () => {
        const world = new World({
          onSecondRotation: "refuse",
          faults: [{ operation: deletion, kind: "error-applied" }],
        });
        await world.elsewhere.rotate();
        await failure(new Process(world).run("recover"));
        return settled(world, "resume");
      },
    ],
    [
      "that the client has no old secret, just after the last rotation",
      async () => {
        const world = new World();
        await settle(new Process(world).run("rotate", { finish: true }));
        return settled(world, "rotate");
      },
    ],
    [
      "that there is something to recover, just after the last rotation",
      async () => {
        const world = new World();
        await settle(new Process(world).run("rotate", { finish: true }));
        await world.elsewhere.rotate();
        return settled(world, "recover");
      },
    ],
    [
      "that nobody has changed the client",
      async () => {
        const world = await verified();
        return settled(world, "finish");
      },
    ],
  ])("%s", async (_, perform) => {
    expect(waitsOf(await perform())).toEqual([]);
  });
});

describe("no timer is left", () => {
  test("when a rotation is done", async () => {
    await settle(new Process(new World()).run("rotate", { finish: true }));
    expect(vi.getTimerCount()).toBe(0);
  });

  test("when a wait was ended by a signal", async () => {
    const world = new World({ faults: [{ operation: rotation, kind: "lost" }] });
    await failure(new Process(world).run("rotate", {}, { timeout }));
    const controller = new AbortController();
    const resume = new Process(world);
    // In the wait, since it is told of before it begins.
    const onEvent = ({ type }: { type: string }) =>
      type === "wait" && queueMicrotask(() => controller.abort(new Error("SIGINT")));

    await failure(resume.run("resume", { signal: controller.signal, onEvent }, { timeout }));
    expect(resume.sent).toEqual([`GET ${clientId}`]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
