import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startDeadline } from "../../src/client/deadline.ts";

/** What a clock shows while the timers of a test are held. */
let date: number;
let monotonic: number;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  date = 0;
  monotonic = 0;
  const { now } = Date;
  vi.spyOn(Date, "now").mockImplementation(() => now() + date);
  const real = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => real() + monotonic);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function start(milliseconds: number) {
  const onOver = vi.fn();
  return { onOver, end: startDeadline(milliseconds, onOver) };
}

describe("a deadline that comes in time", () => {
  test("is over after one look at what has arrived, and once", () => {
    const { onOver } = start(1000);
    vi.advanceTimersByTime(1000);
    expect(onOver).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(onOver).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(100_000);
    expect(onOver).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is over as soon if the clock was set back by a week meanwhile", () => {
    const { onOver } = start(1000);
    date = -7 * 86_400_000;
    vi.advanceTimersByTime(1020);
    expect(onOver).toHaveBeenCalledOnce();
  });

  test("does not come if it is ended before, and may be ended again", () => {
    const { onOver, end } = start(1000);
    end();
    end();
    vi.advanceTimersByTime(5000);
    expect(onOver).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe.each([
  ["the process was stopped: both clocks went on", 5000, 5000],
  ["the machine slept: only the date went on", 3_600_000, 0],
  ["the process was stopped, and the date was set back", -86_400_000, 5000],
])("a deadline that comes late, as %s", (_, byDate, byMonotonic) => {
  test("gives the event loop many looks at what has arrived first", () => {
    const { onOver } = start(1000);
    date = byDate;
    monotonic = byMonotonic;
    let looks = 0;
    for (; onOver.mock.calls.length === 0 && looks < 1000; looks++) vi.advanceTimersToNextTimer();
    expect(looks).toBeGreaterThan(10);
    expect(looks).toBeLessThan(100);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("does not come if what has arrived ends it", () => {
    const { onOver, end } = start(1000);
    date = byDate;
    monotonic = byMonotonic;
    vi.advanceTimersByTime(1000);
    expect(onOver).not.toHaveBeenCalled();
    end();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("begins its looks anew if it was late again, but not for ever", () => {
    const { onOver } = start(1000);
    let looks = 0;
    for (; onOver.mock.calls.length === 0 && looks < 1000; looks++) {
      date += byDate;
      monotonic += byMonotonic;
      vi.advanceTimersToNextTimer();
    }
    expect(looks).toBeGreaterThan(100);
    expect(looks).toBeLessThan(200);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a timer that is only a little late is believed", () => {
  const { onOver } = start(1000);
  monotonic = 20;
  vi.advanceTimersByTime(1020);
  expect(onOver).toHaveBeenCalledOnce();
});
