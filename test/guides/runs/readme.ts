import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { expect } from "vitest";
import { generatedParts, readGuide } from "../../../scripts/guides.ts";
import { clientId, end, oldSecret } from "../../support/command.ts";
import { file, root } from "../folder.ts";
import { runMigration, runTwoRequests } from "./client.ts";
import type { Run } from "./run.ts";

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

/** Rotates into a dotenv file that has the old secret. */
function rotateInto(path: string): Run[2] {
  return async (code, folder) => {
    mkdirSync(folder.path("app"));
    folder.write(path, `OAUTH_CLIENT_SECRET=${oldSecret}\n`);
    expect(await folder.shell(code)).toMatchObject({ code: 0 });
    const [older, newer] = folder.place.sandbox.secretsOf(clientId);
    expect(older).toBe(oldSecret);
    expect(folder.read(path)).toBe(`OAUTH_CLIENT_SECRET=${newer}\n`);
  };
}

/** Runs a block once a rotation is verified; then the client must have as many secrets. */
function afterRotation(count: number): Run[2] {
  return async (code, folder) => {
    await folder.shell('cf-oauth rotate "$CLIENT_ID" --to file:secret\n');
    expect(await folder.shell(code)).toMatchObject({ code: 0 });
    expect(folder.place.sandbox.secretsOf(clientId)).toHaveLength(count);
  };
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
    "npm install cloudflare-oauth-clients",
    async (code, folder) => expect(await folder.shell(code)).toMatchObject({ code: 0 }),
  ],
  [
    "sh",
    "CLIENT_ID='an id",
    async (code, folder) => {
      // The block sets them itself.
      const ended = await folder.shell(code, { CF_OAUTH_API_TOKEN: "", CLOUDFLARE_ACCOUNT_ID: "" });
      expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("My OAuth App") });
    },
  ],
  ["sh", "--overlap 1h", rotateInto("app/.env")],
  ["sh", "finish", afterRotation(1)],
  ["sh", "resume", afterRotation(2)],
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
];
