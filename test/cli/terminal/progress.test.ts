import { beforeEach, expect, test, vi } from "vitest";
import { Output } from "../../../src/cli/terminal/output.ts";
import { Progress } from "../../../src/cli/terminal/progress.ts";

let lines: string[];
let progress: Progress;
beforeEach(() => {
  progress = progressOn({ isTTY: false });
});

function progressOn(stderr: { isTTY: boolean; write?: () => boolean }): Progress {
  lines = [];
  const output = new Output({});
  vi.spyOn(output, "note").mockImplementation((line) => void lines.push(typeof line === "string" ? line : line.text));
  vi.spyOn(output, "live").mockImplementation((line) => void lines.push(line));
  vi.stubGlobal("process", { ...process, stderr, env: { TERM: "xterm" } });
  return new Progress(output);
}

/** A turn of a wait, which reads the client each time. */
function turn(why: string, until: number): void {
  progress.onEvent({ type: "wait", why, until });
  progress.onEvent({ type: "request", request: "read" });
}

test("elsewhere than on a terminal a long wait is one line, whichever its turns", () => {
  const until = Date.now() + 90_000;
  for (const late of [0, 900, -700, 1500]) turn("to see whether the API applied the lost request", until + late);
  expect(lines).toEqual([
    expect.stringMatching(/^ {2}waiting to see whether the API applied the lost request, at most until \d{4}-/),
  ]);

  turn("because reads may lag behind", until);
  expect(lines).toHaveLength(2);
  // What comes after a wait is shown again.
  progress.onEvent({ type: "request", request: "rotate" });
  progress.onEvent({ type: "request", request: "read" });
  expect(lines.slice(2)).toEqual(["  requesting a new secret", "  reading the client"]);
});

test("a wait of a moment is no news", () => {
  turn("because reads may lag behind", Date.now() + 2000);
  expect(lines).toEqual([]);
});

test("on a terminal, what takes longer than a second shows for how long", async () => {
  vi.useFakeTimers();
  const live = progressOn({ isTTY: true, write: () => true });
  const work = new Promise<string>((resolve) => setTimeout(resolve, 3500, "all of them"));
  const result = live.during("reading the account's clients", work);
  await vi.advanceTimersByTimeAsync(900);
  expect(new Set(lines)).toEqual(new Set(["  reading the account's clients"]));
  await vi.advanceTimersByTimeAsync(2300);
  expect(lines.at(-1)).toBe("  reading the account's clients 3 s");
  await vi.advanceTimersByTimeAsync(400);
  expect(await result).toBe("all of them");
  const drawn = lines.length;
  await vi.advanceTimersByTimeAsync(2000);
  expect(lines).toHaveLength(drawn);
});

test("elsewhere nothing is said of work that ends with a result", async () => {
  expect(await progress.during("reading", Promise.resolve(1))).toBe(1);
  expect(lines).toEqual([]);
});
