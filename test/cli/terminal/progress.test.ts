import { beforeEach, expect, test, vi } from "vitest";
import { Output } from "../../../src/cli/terminal/output.ts";
import { Progress } from "../../../src/cli/terminal/progress.ts";

let lines: string[];
let progress: Progress;
beforeEach(() => {
  lines = [];
  const output = new Output({});
  vi.spyOn(output, "note").mockImplementation((line) => void lines.push(typeof line === "string" ? line : line.text));
  vi.stubGlobal("process", { ...process, stderr: { isTTY: false } });
  progress = new Progress(output);
  vi.unstubAllGlobals();
});

/** A turn of a wait, which reads the client each time. */
function turn(why: string, until: number): void {
  progress.onEvent({ type: "wait", why, until });
  progress.onEvent({ type: "request", request: "read" });
}

test("elsewhere than on a terminal a long wait is one line, whichever its turns", () => {
  const until = Date.now() + 90_000;
  for (const late of [0, 900, -700, 1500]) turn("until the lost request must show", until + late);
  expect(lines).toEqual([expect.stringMatching(/^ {2}waiting until the lost request must show, at most until \d{4}-/)]);

  turn("since reads may lag behind", until);
  expect(lines).toHaveLength(2);
  // What comes after a wait is told again.
  progress.onEvent({ type: "request", request: "rotate" });
  progress.onEvent({ type: "request", request: "read" });
  expect(lines.slice(2)).toEqual(["  requesting a new secret", "  reading the client"]);
});

test("a wait of a moment is no news", () => {
  turn("since reads may lag behind", Date.now() + 2000);
  expect(lines).toEqual([]);
});
