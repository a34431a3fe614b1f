import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { commands, conclude, worlds } from "./model-commands.ts";
import { ModelWorld } from "./model-world.ts";
import { holdClock } from "./world.ts";

const seed = Number(process.env.MODEL_SEED ?? 1);
const numRuns = Number(process.env.MODEL_RUNS ?? 200);

const { digest } = crypto.subtle;
beforeAll(() => {
  // On a thread of its own a digest takes a time that no seed determines.
  crypto.subtle.digest = async (_, data) => {
    const bytes =
      data instanceof ArrayBuffer
        ? new Uint8Array(data)
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return new Uint8Array(createHash("sha256").update(bytes).digest()).buffer;
  };
});
afterAll(() => {
  crypto.subtle.digest = digest;
});
beforeEach(() => holdClock());
const counts = new Map<string, number>();
const count = (what: string, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by);

test(
  "whatever operators, crashes, faults and others do in whatever order, no secret in use is lost, and what comes next leads to done",
  async () => {
    await fc.assert(
      fc.asyncProperty(worlds, commands, async (options, entered) => {
        vi.setSystemTime(Date.parse("2026-11-25T00:00:00Z"));
        vi.clearAllTimers();
        const world = new ModelWorld(options);
        await fc.asyncModelRun(() => ({ model: world.running, real: world }), entered);
        await conclude(world);
        count("runs");
        count("commands", [...entered].length);
        count("POSTs", world.sandbox.count("oauth-clients-rotate-secret"));
        count("DELETEs", world.sandbox.count("oauth-clients-delete-rotated-secret"));
        for (const end of world.ends) count(`ended ${end}`);
        for (const [excuse, times] of world.ledger.excused) count(`secrets in use that died: ${excuse}`, times);
      }),
      { seed, numRuns },
    );
    console.log(`model, seed ${seed}: ${[...counts].map(([what, times]) => `${what} ${times}`).join(", ")}`);
    expect(counts.get("runs")).toBeGreaterThanOrEqual(numRuns);
  },
  numRuns * 500,
);
