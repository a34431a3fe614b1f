import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { journalRecipes } from "../../../src/cli/commands/journal-recipes.ts";
import { Place, program } from "../../support/command.ts";

const run = promisify(execFile);
const stores = Object.entries(journalRecipes);

describe.concurrent("journal-recipe", () => {
  test.each(stores)("prints the script for %s, and nothing else", async (store, script) => {
    await using place = await Place.open();
    expect(await place.run(["journal-recipe", store])).toMatchObject({ code: 0, stdout: script, stderr: "" });
    expect(JSON.parse((await place.run(["journal-recipe", store, "--json"])).stdout)).toMatchObject({ store, script });
  });

  test.each([
    ["a store that it has no recipe for", ["s4"], "s3, r2, parameter-store, vault, postgres, redis"],
    ["no store", [], "missing required argument 'store'"],
  ])("is a usage error for %s", async (_, words, message) => {
    await using place = await Place.open();
    const ended = await place.run(["journal-recipe", ...words]);
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
  });

  test("prints it where a journal is named already, which has no key yet", async () => {
    await using place = await Place.open();
    const environment = { CF_OAUTH_JOURNAL: "exec:./journal.sh" };
    expect(await place.run(["journal-recipe", "s3"], { environment })).toMatchObject({ code: 0 });
  });

  test("is set up as its help shows, typed into a shell", async () => {
    await using place = await Place.open();
    mkdirSync(place.path("bin"));
    writeFileSync(place.path("bin/cf-oauth"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
    chmodSync(place.path("bin/cf-oauth"), 0o755);
    const { stdout: help } = await place.run(["help", "journal-recipe"]);
    const [, lines = ""] = /^Examples\n((?: {2}\$ .*\n)+?) {2}\$ cf-oauth rotate/m.exec(help) ?? [];
    const env = { ...place.environment, PATH: `${place.path("bin")}:${process.env.PATH}` };
    const script = `${lines.replaceAll(/^ {2}\$ /gm, "")}\nprintf '%s\\n' "$CF_OAUTH_JOURNAL" "$CF_OAUTH_JOURNAL_KEY"`;
    const { stdout } = await run("sh", ["-euc", script], { cwd: place.folder, env });
    expect(stdout).toMatch(/^exec:\.\/journal\.sh\n[A-Za-z0-9+/]{43}=\n$/);
    expect(statSync(place.path("journal.sh")).mode & 0o111).not.toBe(0);
  });
});

describe.concurrent("the recipe for", () => {
  // Debian's sh, bash in its stricter mode, and whatever sh is here.
  test.each(
    stores.flatMap(([store, script]) => ["dash", "bash", "sh"].map((shell) => [store, shell, script] as const)),
  )("%s is read by %s", async (_, shell, script) => {
    const options = shell === "bash" ? ["--posix"] : [];
    const checked = run(shell, [...options, "-n", "-c", script]).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return { stderr: "" };
    });
    expect((await checked).stderr).toBe("");
  });

  test.each(stores)("%s can be read by a person, and has what differs at its top", (_, script) => {
    const lines = script.trimEnd().split("\n");
    expect(lines.length).toBeLessThan(56);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(130);
    expect(lines.slice(0, 12).join("\n")).toMatch(
      /^#!\/bin\/sh\n# Keeps cf-oauth's journal in .*^set -eu\n.*\$\{JOURNAL_/ms,
    );
  });
});
