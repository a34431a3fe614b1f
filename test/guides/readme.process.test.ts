import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, test } from "vitest";
import { sinksHelp } from "../../src/cli/commands/sinks.ts";
import { clientId, type Ended, end, faster, fasterByCommand, oldSecret, Place, program } from "../support/command.ts";
import { Recipe } from "../support/journal-recipe.ts";
import { type Block, readBlocks } from "./blocks.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const blocks = readBlocks();
const session = blocks.find(({ language }) => language === "console");

/** What is not the same each time. */
function normalized(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/\d+ s ago/g, "<age>")
    .replaceAll(/(?:[0-9a-f]{58}|…)[0-9a-f]{6}\b/g, "<digest>")
    .replaceAll(/sandbox-secret-[0-9a-f]{32}/g, "<secret>")
    .replaceAll(/\/\S*cf-oauth-start-\w+/g, "/srv/app")
    .trim();
}

/** A folder in which the package is installed as it was built, and a shell whose npx has its command. */
class Folder {
  readonly place: Place;

  constructor(place: Place) {
    this.place = place;
    mkdirSync(place.path("node_modules"));
    symlinkSync(root, place.path("node_modules/cloudflare-oauth-clients"), "junction");
    mkdirSync(place.path("bin"));
    const npx = `#!/bin/sh\n[ "$1" = cf-oauth ] || exit 9\nshift\nexec '${process.execPath}' '${program}' "$@"\n`;
    writeFileSync(place.path("bin/npx"), npx, { mode: 0o700 });
    // The package is there already; `test:package` installs it as it is published.
    const npm = '#!/bin/sh\n[ "$*" = "install --save-dev cloudflare-oauth-clients" ]\n';
    writeFileSync(place.path("bin/npm"), npm, { mode: 0o700 });
  }

  /** Runs lines of a shell, with what a reader would fill in filled in. */
  shell(lines: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const values: Record<string, string> = { ...this.place.environment, JOURNAL_BUCKET: "journal-bucket" };
    const filled = lines.replaceAll("<client-id>", clientId).replaceAll(/(\w+)=…/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`Nothing is known to fill in for ${name}.`);
      return `${name}='${value}'`;
    });
    const { CF_OAUTH_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, PATH, ...known } = this.place.environment;
    const env = { ...known, ...faster, PATH: `${this.place.path("bin")}:${PATH}`, ...environment };
    return end(spawn("bash", ["-euc", filled], { cwd: this.place.folder, env, stdio: ["ignore", "pipe", "pipe"] }));
  }

  /** Runs a program with the sandbox in the place of Cloudflare. */
  async program(code: string): Promise<{ secrets: string[][]; changes: string[] }> {
    writeFileSync(this.place.path("account.mjs"), file("test/guides/account.mjs"));
    return JSON.parse(await this.run(code, "--import", "./account.mjs"));
  }

  /** Checks a program's types, and runs it; gives what it prints. */
  async run(code: string, ...options: string[]): Promise<string> {
    writeFileSync(this.place.path("program.ts"), code);
    const tsc = [
      join(root, "node_modules/typescript-7/bin/tsc"),
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "program.ts",
    ];
    writeFileSync(this.place.path("package.json"), '{ "type": "module" }');
    const checked = await end(spawn(process.execPath, tsc, { cwd: this.place.folder }));
    expect(checked).toMatchObject({ code: 0, stdout: "" });
    const { PATH = "", NODE_OPTIONS = "", FASTER_ORIGIN = "" } = { ...process.env, ...faster };
    const env = { PATH, NODE_OPTIONS, FASTER_ORIGIN };
    const ended = await end(spawn(process.execPath, [...options, "program.ts"], { cwd: this.place.folder, env }));
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    return ended.stdout;
  }
}

async function inFolder(run: (folder: Folder) => void | Promise<void>): Promise<void> {
  await using place = await Place.open();
  await run(new Folder(place));
}

/** How each block is run: by its language, and a part of it that no other has. */
const runs: readonly [language: string, part: string, run: (code: string) => void | Promise<void>][] = [
  [
    "sh",
    "npm start",
    async (line) => {
      expect(line).toBe("npm ci && npm start\n");
      const { code, stdout } = await end(spawn("npm", ["start"], { cwd: root }));
      expect(code).toBe(0);
      const shown = stdout.slice(stdout.indexOf("$ cf-oauth rotate"));
      // Recorded anew by `npm run readme -- --record`.
      expect(normalized(shown)).toBe(normalized(session?.code ?? ""));
    },
  ],
  ["console", "$ cf-oauth rotate", () => {}], // Compared above.
  [
    "sh",
    "npm test",
    // This is a part of it, so that it is run where nothing else is: in a clean checkout.
    (code) => expect(file(".ci/run")).toContain(code.replace(" && ", "\n")),
  ],
  [
    "sh",
    "--overlap 1h",
    (code) =>
      inFolder(async (folder) => {
        mkdirSync(folder.place.path("app"));
        writeFileSync(folder.place.path("app/.env"), `OAUTH_CLIENT_SECRET=${oldSecret}\n`);
        const [begin = "", later = ""] = [code.replace(/^.* finish .*$/m, ""), /^.* finish .*$/m.exec(code)?.[0]];
        const exports = /^export .*$/m.exec(code)?.[0];
        const { sandbox } = folder.place;

        expect(await folder.shell(begin)).toMatchObject({ code: 0, stdout: expect.stringContaining("My OAuth App") });
        const [older, newer] = sandbox.secretsOf(clientId);
        expect(older).toBe(oldSecret);
        expect(readFileSync(folder.place.path("app/.env"), "utf8")).toBe(`OAUTH_CLIENT_SECRET=${newer}\n`);

        expect(await folder.shell(`${exports}\n${later}`)).toMatchObject({ code: 4 });
        expect(sandbox.secretsOf(clientId)).toEqual([older, newer]);
        // The clock has gone on by an hour.
        const anHourLater = { FASTER_ORIGIN: String(Number(faster.FASTER_ORIGIN) - 200_000) };
        expect(await folder.shell(`${exports}\n${later}`, anHourLater)).toMatchObject({ code: 0 });
        expect(sandbox.secretsOf(clientId)).toEqual([newer]);
      }),
  ],
  [
    "ts",
    "client_secret",
    (code) =>
      inFolder(async (folder) => {
        const { secrets, changes } = await folder.program(code);
        expect(changes).toEqual(["POST", "DELETE"]);
        expect(secrets).toEqual([[expect.stringMatching(/^sandbox-secret-/)]]);
      }),
  ],
  [
    "diff",
    "-import Cloudflare",
    (code) => {
      const [removed, added] = code.trim().split("\n");
      expect(removed).toBe('-import Cloudflare from "cloudflare";');
      expect(added).toBe('+import Cloudflare from "cloudflare-oauth-clients";');
      return inFolder(async (folder) => {
        const { changes } = await folder.program(`${added?.slice(1)}\nnew Cloudflare().iam.oauthClients.list;`);
        expect(changes).toEqual([]);
      });
    },
  ],
  [
    "ts",
    "dotenvSink",
    (code) =>
      inFolder(async (folder) => {
        writeFileSync(folder.place.path(".env"), `PORT=80\nOAUTH_CLIENT_SECRET=${oldSecret}\n`);
        const { secrets, changes } = await folder.program(code);
        expect(changes).toEqual(["POST", "DELETE"]);
        expect(readFileSync(folder.place.path(".env"), "utf8")).toBe(
          `PORT=80\nOAUTH_CLIENT_SECRET=${secrets[0]?.[0]}\n`,
        );
      }),
  ],
  [
    "ts",
    "createSandbox",
    (code) =>
      inFolder(async (folder) => {
        expect(await folder.run(code)).toBe("verified\n");
      }),
  ],
  [
    "mermaid",
    "requesting",
    (code) => {
      const shown = [...code.matchAll(/^ *(\S+) --> (\S+):/gm)].map(([, from, to]) => [from, to]);
      const seen = [...(session?.code ?? "").matchAll(/^✓ (requesting|issued|delivered|verified|finishing|done):/gm)];
      const phases = ["[*]", ...seen.map(([, phase]) => phase)];
      expect(shown).toEqual(phases.slice(1).map((phase, index) => [phases[index], phase]));
    },
  ],
  ["text", "Sinks:", (code) => expect(code.trim()).toBe(sinksHelp.trim())],
  [
    "sh",
    "journal-recipe",
    (code) =>
      inFolder(async (folder) => {
        const recipe = new Recipe("s3");
        try {
          writeFileSync(folder.place.path("deploy.sh"), "#!/bin/sh\ncat > deployed\n", { mode: 0o700 });
          const stateless = { ...fasterByCommand, CF_OAUTH_STATE_DIR: "/dev/null", STAND_IN_FOLDER: recipe.folder };
          const PATH = `${folder.place.path("bin")}:${recipe.folder}/bin:${process.env.PATH}`;
          const { CF_OAUTH_API_TOKEN = "", CLOUDFLARE_ACCOUNT_ID = "" } = folder.place.environment;
          const environment = { ...stateless, PATH, CF_OAUTH_API_TOKEN, CLOUDFLARE_ACCOUNT_ID };
          expect(await folder.shell(code, environment)).toMatchObject({
            code: 0,
            stderr: expect.stringContaining("verified"),
          });
          const { sandbox } = folder.place;
          expect(readFileSync(folder.place.path("deployed"), "utf8")).toBe(sandbox.secretsOf(clientId)[1]);
          expect(recipe.calls.length).toBeGreaterThan(5);
        } finally {
          recipe.close();
        }
      }),
  ],
  ["yaml", "yaml-language-server", () => heldBy("test/cli/plan/plan-file.process.test.ts")],
  ["yaml", "runs-on:", () => heldBy("test/cli/plan/scheduled-workflow.process.test.ts")],
  [
    "sh",
    "curl",
    async (text) => {
      const line = text.replace(/http:\/\/127\.0\.0\.1:PORT/, inject("prism"));
      const { code, stdout, stderr } = await end(spawn("sh", ["-euc", `${line.trim()} -sS`]));
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(JSON.parse(stdout).result.client_secret).toBeTypeOf("string");
    },
  ],
];

/** Another test takes the block out of the README and runs it. */
function heldBy(path: string): void {
  expect(file(path)).toContain("README.md");
}

describe.concurrent("the README's block", () => {
  test.each(blocks.map((block) => [block.heading, block.language, block.code.split("\n")[0], block] as const))(
    "under %s: %s, %s",
    async (_, language, __, { code }: Block) => {
      const fitting = runs.filter(([given, part]) => given === language && code.includes(part));
      expect(fitting, "as many ways to run it").toHaveLength(1);
      await fitting[0]?.[2](code);
    },
    60_000,
  );
});

test("every way to run a block has its block", () => {
  const idle = runs.filter(
    ([language, part]) => !blocks.some((block) => block.language === language && block.code.includes(part)),
  );
  expect(idle.map(([language, part]) => `${language}: ${part}`)).toEqual([]);
});
