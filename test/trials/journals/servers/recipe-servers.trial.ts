import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execJournal } from "../../../../src/node/index.ts";
import { end } from "../../../support/command.ts";
import { Recipe } from "../../../support/journal-recipe.ts";
import type { PostgreSQL, Redis } from "../../stores/servers.ts";
import { openServer } from "../open-server.ts";

const key = crypto.getRandomValues(new Uint8Array(32));
const log = "023e105f4ecef8ad9ca31a8372d0c353/23505 taken no such entry";
const sealedEntry = '{"sealed":1,"data":"c2VhbGVk"}';
/** How long the server answers before it is killed, in ms: as a rotation's entries would be hit anywhere. */
const kills = 8;

describe.each(["postgres", "redis"] as const)("the recipe for %s, on its real server", (store) => {
  let server: PostgreSQL | Redis;
  let recipe: Recipe;
  beforeAll(async () => {
    server = (await openServer[store]?.()) as PostgreSQL | Redis;
    recipe = new Recipe(store, server.environment);
  });
  afterAll(async () => {
    recipe.close();
    await server.close();
  });

  // The port that closes connections is this process's own, so that nothing may hold it up.
  const run = (words: readonly string[], environment: Readonly<Record<string, string>> = {}, input = sealedEntry) => {
    const child = spawn("sh", ["-c", `${recipe.command({ environment })} "$@"`, "sh", ...words]);
    child.stdin.on("error", () => undefined).end(input);
    return end(child);
  };

  const port = (number: number) => ({ PGPORT: String(number), JOURNAL_PORT: String(number) });
  const failing = (): readonly (readonly [string, Readonly<Record<string, string>>])[] => [
    ["a wrong password", { PGPASSWORD: "wrong", REDISCLI_AUTH: "wrong" }],
    ["no server", port(9)],
    ["a server that closes the connection", port(server.cut)],
    ["no program", { PATH: recipe.folder }],
  ];

  test("fails for a wrong password, without a server, and where the connection is closed; it then has stored nothing", async () => {
    expect(await run(["append", log, "1"])).toMatchObject({ code: 0, stdout: "" });
    for (const [what, environment] of failing())
      for (const words of [
        ["latest", log],
        ["append", log, "1"],
        ["append", log, "2"],
        ["erase", log, "2"],
      ]) {
        const ended = await run(words, environment);
        expect(ended.code, `${what}: ${words[0]}`).not.toBeOneOf([0, 9]);
        expect(ended).toMatchObject({ stdout: "", stderr: expect.stringMatching(/\S/) });
      }
    expect((await run(["latest", log])).stdout.trimEnd()).toBe(`1 only\n${sealedEntry}`);
    expect(await run(["append", log, "1"])).toMatchObject({ code: 9 });
  });

  test("stores nothing of an entry that is cut", async () => {
    for (const input of ["", sealedEntry.slice(0, 12), `${sealedEntry}\n`])
      expect(await run(["append", "cut", "1"], {}, input)).toMatchObject({ code: 1, stdout: "" });
    expect(await run(["latest", "cut"])).toMatchObject({ code: 0, stdout: "" });
  });

  test("shows neither entry nor password in an argument", async () => {
    const [program, calls] = [store === "postgres" ? "psql" : "redis-cli", join(recipe.folder, "arguments")];
    const wrapper = `#!/bin/sh\nprintf '%s\\n' "$@" >>'${calls}'\nexec '/usr/bin/${program}' "$@"\n`;
    writeFileSync(join(recipe.folder, "bin", program), wrapper, { mode: 0o755 });
    for (const words of [
      ["append", log, "7"],
      ["latest", log],
      ["erase", log, "7"],
    ])
      expect(await run(words)).toMatchObject({ code: 0 });
    rmSync(join(recipe.folder, "bin", program));
    const seen = readFileSync(calls, "utf8").split("\n");
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.join("\n")).not.toMatch(/c2VhbGVk|a password/);
  });

  test("has what it confirmed after its server was killed, and lets one of two runners win each entry", async () => {
    const open = () => execJournal({ command: recipe.command(), key, onOutput: () => undefined });
    const runners = [open(), open()];
    let winner: string | undefined;
    for (let sequence = 1; sequence <= kills; sequence++) {
      const appends = runners.map((runner, index) => runner.append("killed", sequence, `${sequence} by ${index}`));
      const settled = Promise.allSettled(appends);
      // Half of the kills hit while the entry is written, the others follow it.
      if (sequence % 2 === 0) await settled;
      await server.kill();
      const won = (await settled).map((one) => one.status === "fulfilled" && one.value);
      await server.start();
      expect(won.filter(Boolean).length).toBeLessThanOrEqual(1);
      winner = won.includes(true) ? `${sequence} by ${won.indexOf(true)}` : undefined;
      let latest = await runners[0]?.latest("killed");
      if (winner !== undefined) expect(latest).toMatchObject({ sequence, entry: winner });
      // Nobody was told that it is stored: it may be, or not, but not in part.
      if (latest?.sequence !== sequence)
        expect(await runners[1]?.append("killed", sequence, `${sequence} by 1`)).toBe(true);
      latest = await runners[0]?.latest("killed");
      expect(latest).toMatchObject({ sequence, entry: expect.stringMatching(`^${sequence} by [01]$`) });
    }
  });
});
