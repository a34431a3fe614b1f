import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv, promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { inTurn } from "../../../src/node/files/file-turn.ts";
import { dotenvSink } from "../../../src/node/index.ts";
import { useFolder } from "./file-system.ts";

vi.setConfig({ testTimeout: 300_000 });

const child = fileURLToPath(new URL("many-writers-child.ts", import.meta.url));
const folder = useFolder();
const context = { signal: new AbortController().signal };

const rounds = 20;

test.each(["", "in-place"])("six writers of one dotenv file in three processes lose nothing %s", async (how) => {
  const path = join(folder.path, ".env");
  await writeFile(path, "OTHER=1\n", { mode: 0o600 });
  const run = (keys: string) =>
    promisify(execFile)(process.execPath, [child, path, keys, String(rounds), ...(how ? [how] : [])]);
  const ended = await Promise.all(["K1,K2", "K3,K4", "K5,K6"].map(run));
  expect(ended.map(({ stdout }) => JSON.parse(stdout))).toEqual([{ lost: 0 }, { lost: 0 }, { lost: 0 }]);
  const last = [1, 2, 3, 4, 5, 6].map((one) => [`K${one}`, `K${one}-${rounds - 1}`]);
  expect(parseEnv(await readFile(path, "utf8"))).toEqual({ OTHER: "1", ...Object.fromEntries(last) });
  expect(await readdir(folder.path)).toEqual([".env"]);
});

test("a crowd of writers, each with a queue of its own, all have their turn, and one at a time", async () => {
  const inside = { now: 0, most: 0, done: 0 };
  const come = async () => {
    vi.resetModules();
    const { inTurn } = await import("../../../src/node/files/file-turn.ts");
    return () =>
      inTurn(folder.path, async () => {
        inside.most = Math.max(inside.most, ++inside.now);
        await readdir(folder.path);
        inside.now--;
        inside.done++;
      });
  };
  const writers: (() => Promise<void>)[] = [];
  for (let count = 0; count < 40; count++) writers.push(await come());
  await Promise.all(writers.map((write) => write()));
  expect(inside).toEqual({ now: 0, most: 1, done: 40 });
  expect(await readdir(folder.path)).toEqual([]);
});

test("a writer that waits for its turn ends at once when it is aborted, and the others do not notice", async () => {
  const order: string[] = [];
  let resolve = () => {};
  const end = new Promise<void>((done) => (resolve = done));
  const controller = new AbortController();
  const first = inTurn(folder.path, () => end);
  const second = inTurn(folder.path, async () => void order.push("second"), controller.signal);
  const third = inTurn(folder.path, async () => void order.push("third"));
  controller.abort(new Error("enough"));
  await expect(second).rejects.toThrow("enough");
  resolve();
  await Promise.all([first, third]);
  expect(order).toEqual(["third"]);
});

test("thirty variables at once are all there at the end", async () => {
  const path = join(folder.path, ".env");
  const keys = Array.from({ length: 30 }, (_, index) => `KEY_${index}_OF_MANY`);
  await writeFile(path, keys.map((key) => `${key}=old\n`).join(""), { mode: 0o600 });
  await Promise.all(keys.map((key) => dotenvSink({ path, key }).deliver(`new-${key}`, context)));
  expect(parseEnv(await readFile(path, "utf8"))).toEqual(Object.fromEntries(keys.map((key) => [key, `new-${key}`])));
});
