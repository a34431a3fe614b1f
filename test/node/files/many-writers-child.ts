/** A process that sets several variables of one dotenv file again and again, and counts how often one was lost in between. */
import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { dotenvSink } from "../../../src/node/index.ts";

const [path = "", keys = "", rounds = "0", inPlace] = process.argv.slice(2);
const context = { signal: new AbortController().signal };
let lost = 0;

await Promise.all(
  keys.split(",").map(async (key) => {
    const sink = dotenvSink({ path, key, inPlace: inPlace === "in-place" });
    for (let round = 0; round < Number(rounds); round++) {
      // In place, only who takes a turn sees it whole.
      const before = inPlace ? await sink.peek?.() : parseEnv(await readFile(path, "utf8"))[key];
      if (round > 0 && before !== `${key}-${round - 1}`) lost++;
      await sink.deliver(`${key}-${round}`, context);
    }
  }),
);
process.stdout.write(JSON.stringify({ lost }));
