/**
 * Kills during a delivery: `npm run trial -- kills-of-deliveries [--kills 200]`. A process that delivers a secret to a command is
 * ended by SIGKILL at moments from the start of the delivery until after its end. The command stores whatever it reads. A store
 * that then has anything but the old secret or the whole new one, is a fault. So is a run in which no kill came early enough to
 * keep the old secret, or none late enough to find the new one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "200" }, jobs: { type: "string", default: "3" } },
});
const wanted = Number(values.kills);

const folder = mkdtempSync(join(tmpdir(), "deliveries-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
/** In one file, since it starts often. */
const program = join(folder, "deliver.mjs");
await build({
  entryPoints: [fileURLToPath(new URL("delivery.ts", import.meta.url))],
  bundle: true,
  format: "esm",
  platform: "node",
  outfile: program,
  logLevel: "error",
});

const old = "the-old-secret";
/** Milliseconds that one delivery of each length takes, the longest of three. */
const durations = new Map<number, number>();
let started = 0;

/** A process that is about to deliver a secret of so many characters; it does so on a line of stdin. */
async function prepare(length: number): Promise<{ child: ChildProcess; lines: AsyncIterator<string>; store: string }> {
  const store = join(folder, `store-${started++}`);
  writeFileSync(store, old);
  const child = spawn(process.execPath, [program, store, String(length)], { stdio: ["pipe", "pipe", "inherit"] });
  if (!child.stdout) throw new Error("The child has no output.");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  return { child, lines, store };
}

async function measure(length: number): Promise<number> {
  const { child, lines } = await prepare(length);
  const start = performance.now();
  child.stdin?.write("deliver\n");
  await lines.next();
  const duration = performance.now() - start;
  child.stdin?.end();
  await once(child, "exit");
  return duration;
}

/** @returns What the store has when nothing is running any more that has to do with it. */
async function killAfter(length: number, milliseconds: number): Promise<"old" | "new" | string> {
  const { child, store } = await prepare(length);
  const exited = once(child, "exit");
  child.stdin?.write("deliver\n");
  await delay(milliseconds);
  child.kill("SIGKILL");
  await exited;
  while (isInUse(store)) await delay(20);
  const found = readFileSync(store, "utf8");
  rmSync(store);
  if (found === old) return "old";
  return found === "x".repeat(length) ? "new" : `${found.length} of ${length} characters`;
}

/** Whether a command line names the store. */
function isInUse(store: string): boolean {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(store);
      } catch {
        return false;
      }
    });
}

const begin = performance.now();
const found = new Map<string, number>();
const lengths = [43, 2 ** 20];
for (const length of lengths)
  durations.set(length, Math.max(await measure(length), await measure(length), await measure(length)));

const moments = lengths.flatMap((length) =>
  Array.from({ length: wanted }, (_, index) => ({ length, part: index / wanted })),
);
async function work(): Promise<void> {
  for (let next = moments.shift(); next; next = moments.shift()) {
    const { length, part } = next;
    const result = `${length} characters: ${await killAfter(length, part * 1.2 * (durations.get(length) ?? 0))}`;
    found.set(result, (found.get(result) ?? 0) + 1);
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work));

const expected = lengths.flatMap((length) => ["old", "new"].map((what) => `${length} characters: ${what}`));
for (const [result, count] of [...found].sort()) console.log(`${count} kills left ${result}`);
const faults = [...found.keys()].filter((result) => !expected.includes(result));
const missing = expected.filter((result) => !found.has(result));
if (faults.length > 0) console.error(`Neither the old nor the whole new secret: ${faults.join("; ")}`);
if (missing.length > 0) console.error(`No kill left: ${missing.join("; ")}`);
console.log(`${wanted * lengths.length} kills, ${((performance.now() - begin) / 1000).toFixed(0)} s`);
process.exitCode = faults.length + missing.length > 0 ? 1 : 0;
