import { describe, expect, test } from "vitest";
import { oldestFrom, rememberAge, rotatedAt } from "../../../src/cli/attempt/standing.ts";
import type { RotationState } from "../../../src/rotation/index.ts";

const then = new Date("2026-08-01T00:00:00.000Z");
const before = new Date("2026-05-01T00:00:00.000Z");

function state(fields: Partial<RotationState>): RotationState {
  return { phase: "done", sha256: "00", startedAt: then, memo: {}, abandoned: undefined, ...fields } as RotationState;
}

const memo = { "rotated-before": before.toISOString() };

describe("the age of a secret", () => {
  test.each<[string, RotationState | undefined, Date | undefined, Date | undefined]>([
    ["no rotation", undefined, undefined, undefined],
    ["one that is done", state({ memo }), then, then],
    ["one that was recorded", state({ sha256: undefined }), then, then],
    ["one that was given up", state({ abandoned: "refused with 429" }), undefined, undefined],
    ["one that was given up after another", state({ abandoned: "refused with 429", memo }), before, before],
    ["one whose response is not known", state({ phase: "requesting", sha256: undefined, memo }), before, before],
    ["one at rest", state({ phase: "verified", memo }), then, before],
    ["one at rest, the first", state({ phase: "verified" }), then, undefined],
    ["a creation that waits to be confirmed", state({ phase: "verified", isOnly: true }), then, then],
  ])("after %s", (_, latest, newest, oldest) => {
    expect(rotatedAt(latest)).toEqual(newest);
    expect(oldestFrom(latest)).toEqual(oldest);
    // What comes next begins with a secret of that age.
    expect(rememberAge(latest)).toEqual(oldest ? { "rotated-before": oldest.toISOString() } : {});
  });
});
