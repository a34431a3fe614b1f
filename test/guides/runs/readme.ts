import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { expect, inject } from "vitest";
import { generatedParts, readGuide } from "../../../scripts/guides.ts";
import { end, faster, oldSecret } from "../../support/command.ts";
import { file, root } from "../folder.ts";
import { runMigration, runTwoRequests } from "./client.ts";
import { runJournalRecipe } from "./node.ts";
import { runDiagram } from "./rotation.ts";
import type { Run } from "./run.ts";
import { runRotationInMemory } from "./sandbox.ts";

const commandGuide = "src/cli/README.md";
const session = generatedParts(commandGuide, readGuide(commandGuide)).find(({ name }) => name === "session");

/** What is not the same each time. */
function normalized(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/\d+ s ago|just now/g, "<age>")
    .replaceAll(/(?:[0-9a-f]{58}|…)[0-9a-f]{6}\b/g, "<digest>")
    .replaceAll(/sandbox-secret-[0-9a-f]{32}/g, "<secret>")
    .replaceAll(/\/\S*cf-oauth-start-\w+/g, "/srv/app")
    .trim();
}

export const runs: readonly Run[] = [
  [
    "sh",
    "npm start",
    async (line) => {
      expect(line).toBe("npm ci && npm start\n");
      const { code, stdout } = await end(spawn("npm", ["start"], { cwd: root }));
      expect(code).toBe(0);
      const shown = stdout.slice(stdout.indexOf("$ cf-oauth rotate"));
      // Recorded anew by `npm run readme -- --record`.
      const recorded = session?.content.replace(/^```console\n|```$/g, "") ?? "";
      expect(normalized(shown)).toBe(normalized(recorded));
      // The picture shows its first command, line for line.
      const [rotation = ""] = recorded.trim().split("\n$ cat");
      for (const theme of ["light", "dark"]) {
        const picture = file(`.github/terminal-${theme}.svg`);
        const drawn = [...picture.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, line]) => line?.trim()).join(" ");
        expect(drawn.replace(/\s+/g, " ")).toBe(rotation.replace(/\s+/g, " ").trim());
      }
    },
  ],
  [
    "sh",
    "npm test",
    // This is a part of it, so that it is run where nothing else is: in a clean checkout.
    (code) => expect(file(".ci/run")).toContain(code.replace(" && ", "\n")),
  ],
  [
    "sh",
    "--overlap 1h",
    async (code, folder) => {
      mkdirSync(folder.path("app"));
      folder.write("app/.env", `OAUTH_CLIENT_SECRET=${oldSecret}\n`);
      // At a zsh prompt a comment is an argument.
      const pasted = code.replaceAll(/ # .*$/gm, "");
      const [begin = "", later = ""] = [pasted.replace(/^.* finish .*$/m, ""), /^.* finish .*$/m.exec(pasted)?.[0]];
      const exports = /^export .*$/m.exec(code)?.[0];
      // The block sets them itself.
      const unset = { CF_OAUTH_API_TOKEN: "", CLOUDFLARE_ACCOUNT_ID: "" };
      const secretsOf = () => folder.place.sandbox.secretsOf("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4");

      expect(await folder.shell(begin, unset)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("My OAuth App"),
      });
      const [older, newer] = secretsOf();
      expect(older).toBe(oldSecret);
      expect(folder.read("app/.env")).toBe(`OAUTH_CLIENT_SECRET=${newer}\n`);

      expect(await folder.shell(`${exports}\n${later}`, unset)).toMatchObject({ code: 4 });
      expect(secretsOf()).toEqual([older, newer]);
      const anHourLater = { ...unset, FASTER_ORIGIN: String(Number(faster.FASTER_ORIGIN) - 200_000) };
      expect(await folder.shell(`${exports}\n${later}`, anHourLater)).toMatchObject({ code: 0 });
      expect(secretsOf()).toEqual([newer]);
    },
  ],
  ["ts", "client_secret", runTwoRequests],
  ["diff", "-import Cloudflare", runMigration],
  [
    "ts",
    "dotenvSink",
    async (code, folder) => {
      folder.write(".env", `PORT=80\nOAUTH_CLIENT_SECRET=${oldSecret}\n`);
      const { secrets, changes } = await folder.program(code);
      expect(changes).toEqual(["POST", "DELETE"]);
      expect(folder.read(".env")).toBe(`PORT=80\nOAUTH_CLIENT_SECRET=${secrets[0]?.[0]}\n`);
    },
  ],
  ["ts", "createSandbox", runRotationInMemory],
  ["mermaid", "requesting", runDiagram],
  ["sh", "journal-recipe", runJournalRecipe],
  // `test/cli/plan/plan-file.process.test.ts` reads the block and checks the plan.
  [
    "yaml",
    "yaml-language-server",
    () => expect(file("test/cli/plan/plan-file.process.test.ts")).toContain("findBlock"),
  ],
  [
    "sh",
    "curl",
    async (code, folder) => {
      const line = code.replace(/http:\/\/127\.0\.0\.1:PORT/, inject("prism"));
      const { code: exit, stdout, stderr } = await folder.shell(`${line.trim()} -sS\n`);
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
      expect(JSON.parse(stdout).result.client_secret).toBeTypeOf("string");
    },
  ],
];
