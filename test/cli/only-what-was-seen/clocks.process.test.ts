import { describe, expect, test } from "vitest";
import { clientId, day, minute, rotate, S0, S1, World } from "./world.ts";

const week = 7 * day;
const overlapping = [...rotate, "--overlap", "7d"];
const kept = { exit: 4, code: "overlap-not-over", posts: 1, deletes: 0, accepted: [S0, S1], sink: S1 };
const deleted = { exit: 0, code: null, nextStep: null, posts: 1, deletes: 1, accepted: [S1], sink: S1 };

describe.concurrent("an overlap of seven days", () => {
  // By how much the clock is ahead, in days, at the rotation and at the finish; how many days pass between them.
  for (const [atRotation, atFinish, passed, expected] of [
    [0, 0, 0, kept],
    [0, 8, 0, kept],
    [-8, 0, 0, kept],
    [0, 0, 7.1, deleted],
    [8, 0, 7.1, deleted],
    [-8, -8, 7.1, deleted],
    [8, 8, 0, kept],
  ] as const)
    test(`${expected === kept ? "is not over" : "is over"} after ${passed} days, with a clock ${atRotation} days ahead at the rotation and ${atFinish} at the finish`, async () => {
      await using world = await World.open();
      const rotated = await world.run(overlapping, { ahead: atRotation * day });
      expect(rotated.report).toMatchObject({ ok: true, phase: "verified" });
      const isTold = rotated.report.warnings.some((warning) => /clock/i.test(warning));
      world.passes(passed * day);
      const finished = await world.run(["finish", clientId], { ahead: atFinish * day });
      expect({ ...world.seen(finished), isTold }).toMatchObject({ ...expected, isTold: atRotation !== 0 });
    });

  test("is not over for a clock that is behind at the finish: without a request, since that may be so", async () => {
    await using world = await World.open();
    await world.run(overlapping);
    world.passes(week + minute);
    const since = world.now();
    const finished = await world.run(["finish", clientId], { ahead: -8 * day });
    expect(world.seen(finished)).toMatchObject(kept);
    expect(world.server.requests.filter(({ at }) => at >= since)).toEqual([]);
  });

  // 0.1.0 kept the server's time of the POST and the local one of the verification, and no other.
  for (const [title, behind, passed, ahead, expected] of [
    ["whose local time is a week too early is not over", 8, 0, 0, kept],
    ["is not over for a finish a week ahead", 0, 0, 8, kept],
    ["whose local time is a week too late is not over", -8, 7.1, 0, kept],
    ["is over when both of its times say so", 0, 7.1, 0, deleted],
  ] as const)
    test(`that 0.1.0 began ${title}`, async () => {
      await using world = await World.open();
      await world.run(overlapping);
      world.rewrite(({ verifiedAt = 0, ...entry }) => {
        // Not JSON: it is left out.
        return { ...entry, server: undefined, verifiedAt: verifiedAt - behind * day };
      });
      expect(world.latest().issuedAt).toBeTypeOf("number");
      world.passes(passed * day);
      const finished = await world.run(["finish", clientId], { ahead: ahead * day });
      expect(world.seen(finished)).toMatchObject(expected);
    });
});
