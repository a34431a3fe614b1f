import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { readBlocks } from "./blocks.ts";
import { Folder, type Shell } from "./folder.ts";
import { runs } from "./runs/runs.ts";

const blocks = readBlocks();

/** A block of a shell must do the same in both; anything else runs once. */
const everyRun = blocks.flatMap((block) =>
  (block.language === "sh" ? (["bash", "zsh"] as const) : ([undefined] as const)).map((shell) => ({
    ...block,
    shell,
    how: shell ?? "once",
    first: block.code.split("\n")[0],
  })),
);

function isMissing(shell: Shell): boolean {
  return spawnSync(shell, ["-c", ":"]).error !== undefined;
}

describe.concurrent("the block", () => {
  test.for(everyRun)(
    "of $guide under $heading: $language, $first ($how)",
    { timeout: 120_000 },
    async (one, context) => {
      const { guide, language, code, shell = "bash" } = one;
      const fitting = (runs[guide] ?? []).filter(([given, part]) => given === language && `\n${code}`.includes(part));
      expect(fitting, `ways to run it in the runs of ${guide}`).toHaveLength(1);
      if (shell === "zsh" && isMissing(shell)) context.skip("there is no zsh on this machine");
      await using folder = await Folder.make(shell);
      await fitting[0]?.[2](code, folder);
    },
  );
});

test("the programs of the guides compile", { timeout: 120_000 }, async () => {
  await using folder = await Folder.make("bash");
  // The trial `workers` checks what needs the types of Workers, and the trial `fetches` what needs MSW.
  const programs = blocks.filter(
    ({ language, code }) => language === "ts" && !/cloudflare:workers|msw\/node/.test(code),
  );
  expect(await folder.typeErrors(programs.map(({ code }) => code))).toBe("");
});

test("every way to run a block has its block", () => {
  const idle = Object.entries(runs).flatMap(([guide, ways]) =>
    ways
      .filter(
        ([language, part]) =>
          !blocks.some((one) => one.guide === guide && one.language === language && `\n${one.code}`.includes(part)),
      )
      .map(([language, part]) => `${guide}: ${language}: ${part}`),
  );
  expect(idle).toEqual([]);
});
