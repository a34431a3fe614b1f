/**
 * Loaded into each command before its program (`NODE_OPTIONS=--import …`). Lets time run faster there, and holds the command
 * up at moments that nobody outside can see: around an entry's link into the journal, and before an entry is erased. A
 * moment is armed by a file of its name in the folder `KILLS_HOLDS`, which becomes `held`; it lasts until there is `go`.
 */
import { existsSync, readFileSync, renameSync } from "node:fs";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { speedUp } from "../../support/faster-clock.ts";

const { KILLS_HOLDS: folder = "", KILLS_SPEED = "1", KILLS_ORIGIN = "0" } = process.env;
const trueTimeout = globalThis.setTimeout;
speedUp(Number(KILLS_SPEED), Number(KILLS_ORIGIN));

async function hold(moment: string): Promise<void> {
  try {
    renameSync(join(folder, moment), join(folder, "held"));
  } catch {
    return;
  }
  while (!existsSync(join(folder, "go"))) await new Promise((resolve) => trueTimeout(resolve, 5));
}

/** For example `requesting`, or `issued 1` with the number of sinks that have the secret. */
function standing(path: unknown): string {
  const { phase, delivered } = JSON.parse(readFileSync(String(path), "utf8"));
  return phase === "issued" ? `issued ${delivered.length}` : phase;
}

const { link, rm } = promises;
Object.assign(promises, {
  link: async (...given: Parameters<typeof link>) => {
    const entry = standing(given[0]);
    await hold(`before ${entry}`);
    await link(...given);
    await hold(`after ${entry}`);
  },
  rm: async (...given: Parameters<typeof rm>) => {
    if (/\/\d+\.json$/.test(String(given[0]))) await hold("erasing");
    return rm(...given);
  },
});
syncBuiltinESMExports();
