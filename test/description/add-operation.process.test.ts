import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { project } from "./description.ts";
import { everything, ProjectCopy } from "./project-copy.ts";

/** All that a person writes to add an operation, which is made up. Make it anew where it no longer applies. */
const patch = fileURLToPath(new URL("add-operation.patch", import.meta.url));

const tsc = join(project, "node_modules/typescript-7/bin/tsc");
const vitest = join(project, "node_modules/vitest/vitest.mjs");
/** All that asks for something by operation, but for the public API, which has to be built first. */
const tests = [
  "test/client/contract",
  "test/sandbox",
  "test/package/size",
  "test/scripts/drift",
  "test/description/operation-table.test.ts",
];
const checks = [
  [tsc, "-p", "."],
  [tsc, "-p", "test"],
  [vitest, "run", "--config", "test/vitest.config.ts", "--project", "shared", ...tests],
] as const;

it("an operation is added as CONTRIBUTING.md says, in as many lines", { timeout: 120_000 }, async (context) => {
  const copy = await ProjectCopy.make(context, everything);
  const before = await copy.generated();

  await copy.patch(patch, "--include=openapi/*");
  expect(await copy.generate()).toMatchObject({ exit: 0, stderr: "" });
  const { stdout } = await copy.run(tsc, "-p", "test");
  expect(stdout.match(/^[^(]+(?=\(.*Property '"oauth-clients-verify-client-uri"' is missing)/gm)).toEqual([
    "src/sandbox/oauth-clients.ts",
    "test/client/contract/operations.ts",
  ]);

  await copy.patch(patch, "--exclude=openapi/*");
  expect(await copy.generate("--check")).toMatchObject({ exit: 0, stderr: "" });
  for (const [script, ...args] of checks) {
    const finished = await copy.run(script, ...args);
    expect(finished.exit, finished.stdout + finished.stderr).toBe(0);
  }

  const after = await copy.generated();
  const count = (texts: Record<string, string>) => Object.values(texts).join("").split("\n").length;
  const byHand = execFileSync("git", ["apply", "--numstat", patch], { encoding: "utf8" }).trim().split("\n");
  const lines = byHand.reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
  const contributing = await readFile(new URL("../../CONTRIBUTING.md", import.meta.url), "utf8");
  expect(contributing).toContain(
    `${lines} lines by hand in ${byHand.length} files, and ${count(after) - count(before)} generated`,
  );
});
