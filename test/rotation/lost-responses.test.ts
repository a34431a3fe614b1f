import { beforeEach, describe, expect, test } from "vitest";
import type { RotationErrorCode } from "../../src/rotation/index.ts";
import type { FaultKind } from "../../src/sandbox/index.ts";
import { clientId, failure, holdClock, Process, untilDone, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
/** What a fault means for the workflow: whether the request was applied, and whether the response tells so. */
const faults: Readonly<Record<FaultKind, { applied: boolean; code: RotationErrorCode }>> = {
  error: { applied: false, code: "outcome-unknown" },
  "error-applied": { applied: true, code: "outcome-unknown" },
  late: { applied: true, code: "outcome-unknown" },
  lost: { applied: false, code: "outcome-unknown" },
  silent: { applied: true, code: "outcome-unknown" },
  reset: { applied: false, code: "outcome-unknown" },
  "reset-applied": { applied: true, code: "outcome-unknown" },
  malformed: { applied: true, code: "outcome-unknown" },
  throttled: { applied: false, code: "api-failed" },
  challenge: { applied: false, code: "api-failed" },
};

const kinds = Object.entries(faults).map(([kind, meaning]) => ({ kind: kind as FaultKind, ...meaning }));
const timeout = 1000;
/** Milliseconds; longer than the time-out, and within the time that the workflow waits for a late request. */
const delay = 20_000;

describe.each(["keep", "refuse", "replace"] as const)(
  "where the server would %s a second rotation",
  (onSecondRotation) => {
    describe.each([0, 5000])("and reads lag by %i ms", (readLag) => {
      const options = { onSecondRotation, readLag };

      test.each(kinds)("the request for a new secret meets: $kind", async ({ kind, applied, code }) => {
        const world = new World({
          ...options,
          faults: [{ operation: "oauth-clients-rotate-secret", kind, ...(kind === "late" && { delay }) }],
        });

        const error = await failure(new Process(world).run("rotate", { finish: true }, { timeout }));
        expect(error.code).toBe(code);
        // Abandoned where it is known not to have been applied; else it is for the next run to find out.
        const unknown = code === "outcome-unknown";
        expect(error).toMatchObject(
          unknown ? { phase: "requesting", nextStep: "resume" } : { phase: "done", nextStep: "rotate" },
        );
        expect([world.posts, world.deletes]).toEqual([1, 0]);

        const commands = await untilDone(world, { finish: true }, error.nextStep);
        // A secret that nobody holds costs a recovery, and that, where the server refuses it, room and another request.
        const recovery = onSecondRotation === "refuse" ? { posts: 3, deletes: 2 } : { posts: 2, deletes: 1 };
        const { posts, deletes } = applied ? recovery : { posts: 2, deletes: 1 };
        expect({ posts: world.posts, deletes: world.deletes }).toEqual({ posts, deletes });
        expect(commands.includes("recover")).toBe(applied);
        expect(world.outages.length > 0).toBe(applied && onSecondRotation !== "keep");
        expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
      });

      test.each(kinds)("the deletion of the old secret meets: $kind", async ({ kind, applied, code }) => {
        const world = new World({
          ...options,
          faults: [{ operation: "oauth-clients-delete-rotated-secret", kind, ...(kind === "late" && { delay }) }],
        });

        const error = await failure(new Process(world).run("rotate", { finish: true }, { timeout }));
        // What the API itself has refused leaves the rotation as it was. A page without an error of its own is less sure.
        const phase = kind === "throttled" ? "verified" : "finishing";
        expect(error).toMatchObject({ code, phase, nextStep: "finish" });
        expect([world.posts, world.deletes]).toEqual([1, 1]);

        const commands = await untilDone(world, { finish: true }, error.nextStep);
        expect({ posts: world.posts, deletes: world.deletes }).toEqual({ posts: 1, deletes: applied ? 1 : 2 });
        expect(commands).not.toContain("recover");
        expect(world.outages).toEqual([]);
        expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
      });
    });
  },
);
