import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Finished, runNode } from "../support/run-node.ts";
import { breaks } from "./breaks.ts";
import { openapi, redocly } from "./description.ts";

const config = join(openapi, "redocly.yaml");

function lint(...args: string[]): Promise<Finished> {
  return runNode(redocly, ["lint", "--config", config, "--lint-config=error", ...args], openapi);
}

interface Report {
  readonly problems: readonly {
    readonly ruleId: string;
    readonly location: readonly { readonly source: { readonly ref: string } }[];
  }[];
}

/** With several files Redocly prints one JSON document after the other. */
function reports(stdout: string): Report[] {
  return stdout.split(/(?<=^\})(?=\{$)/m).map((text) => JSON.parse(text));
}

/** Redocly's own rules have no prefix. */
function isOurs(ruleId: string): boolean {
  return ruleId.includes("/");
}

describe("the description and the workflow", () => {
  it("lint clean, and so does the configuration", async () => {
    const result = await lint("openapi.yaml", "rotation.arazzo.yaml");
    expect(result).toMatchObject({ exit: 0, stderr: expect.stringContaining("Your API descriptions are valid") });
  });
});

describe("a rule of ours", () => {
  const cases = Object.entries(breaks)
    .flatMap(([rule, texts]) => Object.entries(texts).map(([when, text]) => ({ rule, when, text })))
    .map((broken, index) => ({ ...broken, file: `${index}.yaml` }));
  const reported = new Map(cases.map(({ file }) => [file, new Set<string>()]));
  let folder: string;

  // One process for all broken copies: starting it takes longer than linting ten of them.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lint-"));
    await Promise.all(cases.map(({ file, text }) => writeFile(join(folder, file), text)));
    const { stdout } = await lint("--format=json", ...cases.map(({ file }) => join(folder, file)));
    for (const { ruleId, location } of reports(stdout).flatMap(({ problems }) => problems)) {
      if (!isOurs(ruleId)) continue;
      for (const { source } of location) reported.get(basename(source.ref))?.add(ruleId);
    }
  }, 30_000);

  afterAll(() => rm(folder, { recursive: true }));

  it.each(cases)("$rule is reported, and no other, when $when", ({ rule, file }) => {
    expect([...(reported.get(file) ?? [])]).toEqual([rule]);
  });

  it("is never without a case here", async () => {
    const rules = (await readFile(config, "utf8")).match(/(?<=^ {2})[\w-]+\/[\w-]+(?=:)/gm);
    expect(Object.keys(breaks).sort()).toEqual(rules?.sort());
  });
});
