import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { clientId, type Ended, end, fasterByCommand, Place, program } from "../../support/command.ts";
import { journalCommand } from "../../support/journal-command.ts";

type Environment = Readonly<Record<string, string>>;

interface Workflow {
  readonly jobs: {
    readonly rotate: {
      readonly env: Environment;
      readonly steps: readonly { readonly run?: string; readonly env?: Environment }[];
    };
  };
}

const text = readFileSync(new URL("../../trials/examples/scheduled-rotation.yml", import.meta.url), "utf8");
const { rotate }: Workflow["jobs"] = (parse(text) as Workflow).jobs;

const journalKey = Buffer.alloc(32, 7).toString("base64");
const plan = `
defaults: { every: 90d, overlap: 0s }
clients:
  - id: ${clientId}
    name: My OAuth App
    sinks:
      - { name: vault, to: 'exec:cat > "$VAULT"', readBack: 'cat "$VAULT"' }
`;

/** What GitHub puts in for the expressions of the workflow. */
function expand(place: Place, value: string): string {
  const values: Environment = {
    "inputs.plan || 'rotation.yaml'": "rotation.yaml",
    "vars.CLOUDFLARE_ACCOUNT_ID": place.sandbox.accountId,
    "vars.JOURNAL_BUCKET": "journal-bucket",
    "secrets.CF_OAUTH_API_TOKEN": place.sandbox.apiToken,
    "secrets.CF_OAUTH_JOURNAL_KEY": journalKey,
  };
  return value.replaceAll(
    /\$\{\{ (.*?) \}\}/g,
    (_, expression: string) => values[expression] ?? expect.fail(expression),
  );
}

/** Runs the steps that need no GitHub: each in a process of its own, on a disk that begins with a checkout and is lost at the end. */
async function runJob(place: Place): Promise<Ended[]> {
  const disk = place.path("runner");
  cpSync(place.path("repository"), disk, { recursive: true });
  const {
    CF_OAUTH_STATE_DIR: _,
    CF_OAUTH_API_TOKEN: __,
    CLOUDFLARE_API_TOKEN: ___,
    ...environment
  } = place.environment;
  const ended: Ended[] = [];
  for (const { run, env } of rotate.steps) {
    if (run === undefined) continue;
    const given = Object.entries({ ...rotate.env, ...env }).map(([key, value]) => [key, expand(place, value)]);
    const child = spawn("bash", ["-e", "-o", "pipefail", "-c", run], {
      cwd: disk,
      env: {
        ...environment,
        ...fasterByCommand,
        ...Object.fromEntries(given),
        PATH: `${place.path("bin")}:${process.env.PATH}`,
        HOME: disk,
        VAULT: place.path("vault"),
        CI: "true",
        GITHUB_ACTIONS: "true",
        GITHUB_STEP_SUMMARY: place.path("summary.md"),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    ended.push(await end(child));
  }
  rmSync(disk, { recursive: true });
  return ended;
}

test("the scheduled workflow rotates one week and finishes the next, on runners that keep nothing", async () => {
  await using place = await Place.open();
  for (const folder of ["bin", "repository"]) mkdirSync(place.path(folder));
  // The packages that `npm ci` would install.
  writeFileSync(place.path("bin/npm"), "#!/bin/sh\nexit 0\n", { mode: 0o700 });
  const npx = `#!/bin/sh\n[ "$1" = cloudflare-oauth-clients ] || exit 9\nshift\nexec '${process.execPath}' '${program}' "$@"\n`;
  writeFileSync(place.path("bin/npx"), npx, { mode: 0o700 });
  writeFileSync(place.path("repository/rotation.yaml"), plan);
  // The store outlasts the runners.
  journalCommand(place.path("store.sh"), place.path("store"));
  const journal = `#!/bin/sh\nSTORE='${place.path("store")}' exec '${place.path("store.sh")}' "$@"\n`;
  writeFileSync(place.path("repository/journal.sh"), journal, { mode: 0o700 });
  writeFileSync(place.path("vault"), "cf-oauth-secret-example");
  const record = [
    "record",
    clientId,
    "--rotated-at",
    "2026-01-01",
    "--journal",
    `exec:${join(place.folder, "repository/journal.sh")}`,
  ];
  const key = { CF_OAUTH_JOURNAL_KEY: journalKey };
  expect(await place.run(record, { environment: { ...fasterByCommand, ...key } })).toMatchObject({ code: 0 });

  expect(await runJob(place)).toMatchObject([{ code: 0 }, { code: 0 }, { code: 0 }]);
  expect([place.posts, place.deletes]).toEqual([1, 0]);
  expect(await runJob(place)).toMatchObject([{ code: 0 }, { code: 0 }, { code: 0 }]);
  expect([place.posts, place.deletes]).toEqual([1, 1]);
  expect(place.sandbox.secretsOf(clientId)).toEqual([readFileSync(place.path("vault"), "utf8")]);
  expect(readFileSync(place.path("summary.md"), "utf8")).not.toContain("sandbox-secret-");
}, 180_000);
