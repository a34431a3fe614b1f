import { expect, test } from "vitest";
import { runHistory } from "./history.ts";
import { loadSource } from "./source.ts";

test("one seed gives one history, however long the event loop is given to run dry", async () => {
  const source = await loadSource();
  for (let seed = 1; seed <= 20; seed++) {
    const first = await runHistory(source, seed);
    expect((await runHistory(source, seed)).hash).toBe(first.hash);
    expect((await runHistory(source, seed, {}, 4)).hash).toBe(first.hash);
  }
});
