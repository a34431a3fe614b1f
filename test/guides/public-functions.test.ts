import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readBlocks } from "./blocks.ts";
import { root } from "./folder.ts";

const { exports }: { exports: Readonly<Record<string, object>> } = JSON.parse(
  readFileSync(`${root}/package.json`, "utf8"),
);
/** The rooms of the entries. The trial `workers` runs the programs for Workers, and `blocks.process.test.ts` the others. */
const rooms = Object.keys(exports)
  .filter((entry) => !entry.endsWith(".json"))
  .map((entry) => (entry === "." ? "client" : entry.slice(2)));
const programs = readBlocks()
  .filter(({ language }) => language === "ts")
  .map(({ code }) => code.replaceAll(/^import .*$/gm, ""));

test.each(rooms)("each function of src/%s is called by a program of a guide, which the tests run", async (room) => {
  const entry: Readonly<Record<string, unknown>> = await import(`../../src/${room}/index.ts`);
  const functions = Object.entries(entry)
    .filter(([, value]) => typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value)))
    .map(([name]) => name);
  expect(functions.filter((name) => !programs.some((code) => code.includes(`${name}(`)))).toEqual([]);
});
