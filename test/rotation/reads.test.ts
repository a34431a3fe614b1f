import { beforeEach, describe, expect, test, vi } from "vitest";
import { now } from "../../src/rotation/clock.ts";
import type { Entry } from "../../src/rotation/entry.ts";
import type { RotationEvent } from "../../src/rotation/index.ts";
import type { Reading } from "../../src/rotation/reading.ts";
import { isSettled, readFor, readUntil } from "../../src/rotation/reads.ts";
import type { Run } from "../../src/rotation/run.ts";
import { entryOf } from "../support/entries.ts";
import { holdClock, settle } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const settling = 90_000;

interface Scripted {
  readonly events: RotationEvent[];
  /** When each read was sent, in ms since the first. */
  readonly times: number[];
  readonly run: Run;
}

/** A run whose reads show a server's clock that is so far behind this machine's, in ms; undefined: none. */
function scripted(entry: Partial<Entry> | undefined, { behind }: { behind?: number | undefined } = {}): Scripted {
  const events: RotationEvent[] = [];
  const times: number[] = [];
  const start = Date.now();
  const run = {
    client: {
      iam: {
        oauthClients: {
          get: () => ({
            withResponse: async () => {
              times.push(Date.now() - start);
              const date = new Date(Date.now() - (behind ?? 0)).toUTCString();
              const response = new Response(null, behind === undefined ? {} : { headers: { date } });
              return { data: { client_id: "client" }, response };
            },
          }),
        },
      },
    },
    target: { accountId: "account", clientId: "client" },
    options: {},
    emit: (event: RotationEvent) => void events.push(event),
    signal: new AbortController().signal,
    entry: entry && { ...JSON.parse(entryOf(entry.phase ?? "issued")), ...entry },
    log: { known: now() },
    settling,
    requireLatest: async () => undefined,
    hasReportedClock: false,
  };
  return { events, times, run: run as unknown as Run };
}

const waits = ({ events }: Scripted) =>
  events.flatMap((event) => (event.type === "wait" ? [event.until - Date.parse("2026-11-25T00:00:00Z")] : []));
const never = () => false;

describe("reads for a while", () => {
  test("come at gaps that double up to four seconds, and the last at the end, which is told", async () => {
    const script = scripted(undefined);
    await settle(readFor(script.run, 10_000, never, "since"));
    expect(script.times).toEqual([0, 500, 1500, 3500, 7500, 10_000]);
    expect(waits(script)).toEqual([10_000, 10_000, 10_000, 10_000, 10_000]);
    expect(script.events).toContainEqual({ type: "wait", why: "since", until: Date.now() });
  });

  test("end with the first that is enough", async () => {
    const script = scripted(undefined);
    await settle(readFor(script.run, 10_000, () => script.times.length === 2, "since"));
    expect(script.times).toEqual([0, 500]);
  });
});

describe("reads until they must show the last change", () => {
  test("are one where there is no entry, whatever it shows", async () => {
    const script = scripted(undefined);
    await settle(readUntil(script.run, never, "since"));
    expect([script.times, waits(script)]).toEqual([[0], []]);
    expect(isSettled(script.run, {} as Reading)).toBe(true);
  });

  test("come at gaps of four seconds at most, the last when the lag is over, by this machine's clock", async () => {
    const script = scripted({ phase: "requesting", settleUntil: Date.now() + 9000 });
    await settle(readUntil(script.run, never, "since"));
    expect(script.times).toEqual([0, 500, 1500, 3500, 7500, 9000]);
    expect(new Set(waits(script))).toEqual(new Set([9000]));
  });

  test("end by the longest time that a change takes, however wrong the entry's clock was", async () => {
    for (const [entry, end] of [
      [{}, settling],
      [{ settling: 20_000 }, 20_000],
    ] as const) {
      holdClock();
      const script = scripted({ phase: "requesting", settleUntil: Date.now() + 9e9, ...entry });
      await settle(readUntil(script.run, never, "since"));
      expect(script.times.at(-1)).toBe(end);
      expect(new Set(waits(script))).toEqual(new Set([end]));
    }
  });

  test("continue where no more time is left, and this run's own change is too new", async () => {
    const script = scripted({ phase: "requesting", settleUntil: 0 });
    Object.assign(script.run, { changed: now() });
    await settle(readUntil(script.run, never, "since"));
    // Thirty seconds after the change, at the usual gaps.
    expect(script.times).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(waits(script)[1]).toBe(500);
  });

  test("are settled thirty seconds after this run's own change, not before", () => {
    const script = scripted({ phase: "requesting", settleUntil: 0 });
    const changed = { date: 0, monotonic: 1000 };
    Object.assign(script.run, { changed });
    const sent = (monotonic: number) => ({ sent: { date: 0, monotonic }, date: undefined }) as Reading;
    expect(isSettled(script.run, sent(30_999))).toBe(false);
    expect(isSettled(script.run, sent(31_000))).toBe(true);
  });
});

describe("a clock that is wrong is told once", () => {
  const warnings = ({ events }: Scripted) =>
    events.flatMap((event) => (event.type === "warning" ? [event.message] : []));

  test.each([
    [61_000, ["This machine's clock is 61 s ahead of the server's."]],
    [-61_000, ["This machine's clock is 61 s behind the server's."]],
    [60_000, []],
    [-60_000, []],
    [0, []],
    [undefined, []],
  ])("by %s ms", async (behind, expected) => {
    const script = scripted(undefined, { behind });
    await settle(readFor(script.run, 0, never, "since"));
    expect(warnings(script)).toEqual(expected);
  });

  test("but not that of a process that was stopped while it read", async () => {
    const script = scripted(undefined, { behind: 0 });
    const { get } = script.run.client.iam.oauthClients;
    script.run.client.iam.oauthClients.get = ((...given: Parameters<typeof get>) => {
      const { withResponse } = get(...given);
      return {
        withResponse: async () => {
          const answer = await withResponse();
          vi.setSystemTime(Date.now() + 3_600_000);
          return answer;
        },
      };
    }) as typeof get;
    await settle(readFor(script.run, 0, never, "since"));
    expect(warnings(script)).toEqual([]);
  });
});
