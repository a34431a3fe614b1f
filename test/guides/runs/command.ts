import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { expect } from "vitest";
import { runningSecret } from "../../../src/running/index.ts";
import { clientId, type Ended, oldSecret } from "../../support/command.ts";
import { Fleet } from "../../support/fleet.ts";
import { type Folder, file } from "../folder.ts";
import { withJournalRecipe } from "./node.ts";
import type { Run } from "./run.ts";

/** A store that programs reach by their names, a file for each: `aws`, `wrangler`, and what the service answers to `curl`. */
function addStores(folder: Folder): void {
  folder.addProgram(
    "aws",
    `case $2 in put*) cat > '${folder.path("aws")}';; get*) cat '${folder.path("aws")}'; echo;; esac`,
  );
  folder.addProgram("wrangler", `cat > '${folder.path("worker")}'`);
  folder.addProgram("curl", `sha256sum < '${folder.path("worker")}' | cut -d ' ' -f 1`);
}

async function begin(folder: Folder, words: string): Promise<Ended> {
  addStores(folder);
  const ended = await folder.shell(`cf-oauth rotate "$CLIENT_ID" ${words}\n`);
  expect(ended).toMatchObject({ code: expect.any(Number) });
  return ended;
}

const intoAws = "--to 'aws=exec:aws secretsmanager put' --read-back 'aws=aws secretsmanager get'";

/** What the account has at the end: how many secrets, and the newest of them. */
function account(folder: Folder): { count: number; newest: string } {
  const secrets = folder.place.sandbox.secretsOf(clientId);
  return { count: secrets.length, newest: secrets.at(-1) ?? "" };
}

/** Runs a block on a rotation that was begun by some words; it must end well, with as many secrets. */
function onRotation(words: string, count: number, prepare: (folder: Folder) => void = () => {}): Run[2] {
  return async (code, folder) => {
    await begin(folder, words);
    prepare(folder);
    expect(await folder.shell(code)).toMatchObject({ code: 0 });
    expect(account(folder).count).toBe(count);
  };
}

function makeDotenv(folder: Folder): void {
  mkdirSync(folder.path("app"));
  folder.write("app/.env", `PORT=80\nOAUTH_CLIENT_SECRET=${oldSecret}\n`);
}

const scheduledWorkflow = "test/cli/plan/scheduled-workflow.test.ts";

/** Each client of the account gets its age, in a journal that a recipe keeps. */
async function runFirstAges(code: string, folder: Folder): Promise<void> {
  await withJournalRecipe(code, folder, async ({ code: exit, stdout }) => {
    expect({ exit, stdout }).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining(`the secret of ${clientId} was created`),
    });
    const listed = await folder.shell("CF_OAUTH_JOURNAL= cf-oauth list --json\n");
    expect(stdout.match(/^Recorded: /gm)).toHaveLength(JSON.parse(listed.stdout).clients.length);
  });
}

/** The sandbox creates the client that Terraform is told to create; `account_id` is in the path. */
async function createsClient(code: string, folder: Folder): Promise<void> {
  const [, resource = ""] = /"cloudflare_oauth_client" "app" \{\n(.*?)^\}/ms.exec(code) ?? [];
  const fields = [...resource.matchAll(/^ {2}(\w+) += (.+)$/gm)].filter(([, name]) => name !== "account_id");
  const body = JSON.stringify(Object.fromEntries(fields.map(([, name = "", value = ""]) => [name, JSON.parse(value)])));
  const { apiURL, sandbox } = folder.place.served;
  const headers = { authorization: `Bearer ${sandbox.apiToken}`, "content-type": "application/json" };
  const created = await fetch(`${apiURL}/accounts/${sandbox.accountId}/oauth_clients`, {
    method: "POST",
    headers,
    body,
  });
  expect(await created.json()).toMatchObject({ success: true, result: { client_name: "My OAuth App" } });
}

/** The old secret is deleted only after a rollout that succeeds. */
async function runRollout(code: string, folder: Folder): Promise<void> {
  const [kept, rollout] = [folder.path("kubernetes"), folder.path("rollout")];
  folder.addProgram(
    "kubectl",
    `case "$1 $2" in
"create secret") base64 -w 0;;
"apply --server-side") base64 -d > '${kept}';;
"get secret") cat '${kept}';;
"rollout restart") echo "restarted with $(cat '${kept}')" > '${rollout}';;
"rollout status") [ -s '${rollout}' ] && [ ! -e '${folder.path("broken")}' ];;
esac`,
  );
  folder.write("broken", "");
  expect((await folder.shell(code)).code).not.toBe(0);
  expect(account(folder).count).toBe(2);
  rmSync(folder.path("broken"));
  expect(await folder.shell(code)).toMatchObject({ code: 0 });
  expect(account(folder)).toEqual({ count: 1, newest: folder.read("kubernetes") });
  expect(folder.read("rollout")).toBe(`restarted with ${account(folder).newest}\n`);
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A client of a plan. */
const oneClient = `{ id: ${clientId}, name: "My OAuth App", sinks: [{ name: app, to: "file:secret" }] }`;

/** The metrics that a command writes to `cf-oauth.prom`. */
async function writeMetrics(
  folder: Folder,
  lines = "cf-oauth status --plan rotation.yaml --openmetrics cf-oauth.prom\n",
): Promise<string> {
  folder.write("rotation.yaml", `defaults: { every: 90d }\nclients:\n  - ${oneClient}\n`);
  expect(await folder.shell(lines)).toMatchObject({ code: 0 });
  return folder.read("cf-oauth.prom");
}

export const runs: readonly Run[] = [
  [
    "sh",
    "--confirm",
    async (code, folder) => {
      const sinks = [{ name: "app", to: "file:secret" }];
      folder.write("secret", oldSecret);
      folder.write(
        "rotation.yaml",
        JSON.stringify({ clients: [{ id: clientId, name: "My OAuth App", every: "90d", sinks }] }),
      );
      const rotated = await folder.shell('cf-oauth rotate "$CLIENT_ID" --to file:secret --no-verify --yes\n');
      expect(rotated).toMatchObject({ code: 0 });
      expect(await folder.shell(code)).toMatchObject({ code: 0, stdout: expect.stringContaining("the newest") });
      folder.write("secret", oldSecret);
      expect(await folder.shell(code)).toMatchObject({ code: 4, stdout: expect.stringContaining("another in app") });
    },
  ],
  [
    "sh",
    "systemctl restart",
    async (code, folder) => {
      makeDotenv(folder);
      let used = oldSecret;
      folder.addProgram("systemctl", `echo "$*" >> '${folder.path("calls")}'`);
      await using fleet = new Fleet([runningSecret(() => used)]);
      const timer = setInterval(() => {
        if (existsSync(folder.path("calls"))) used = /SECRET=["']?([^\s"']+)/.exec(folder.read("app/.env"))?.[1] ?? "";
      }, 50);
      try {
        const pasted = code.replace("http://127.0.0.1:8080/client-secret", await fleet.listen());
        expect(await folder.shell(pasted)).toMatchObject({ code: 0 });
        expect(folder.read("calls")).toBe("restart app\n");
      } finally {
        clearInterval(timer);
      }
    },
  ],
  [
    "sh",
    "selftest --sandbox",
    async (code, folder) => {
      const { code: exit, stdout } = await folder.shell(code);
      expect({ exit, stdout }).toMatchObject({
        exit: 0,
        stdout: expect.stringContaining("during the overlap? | accepted"),
      });
      expect(JSON.parse(folder.read("selftest.har")).log.entries.length).toBeGreaterThan(5);
    },
  ],
  [
    "sh",
    "list --sandbox",
    async (code, folder) => {
      const { code: exit, stdout } = await folder.shell(code);
      expect({ exit, stdout }).toMatchObject({ exit: 0, stdout: expect.stringContaining("done: ") });
      expect(folder.read("secret.txt")).toMatch(/^sandbox-secret-/);
    },
  ],
  [
    "sh",
    "1h --dry-run",
    async (code, folder) => {
      makeDotenv(folder);
      expect(await folder.shell(code)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("Nothing was changed."),
      });
      expect(account(folder).count).toBe(1);
    },
  ],
  [
    "sh",
    "--overlap 1h --yes",
    async (code, folder) => {
      makeDotenv(folder);
      expect(await folder.shell(code)).toMatchObject({ code: 0 });
      expect(folder.read("app/.env")).toBe(`PORT=80\nOAUTH_CLIENT_SECRET=${account(folder).newest}\n`);
    },
  ],
  [
    "sh",
    "cf-oauth create",
    async (code, folder) => {
      makeDotenv(folder);
      expect(await folder.shell(code)).toMatchObject({ code: 0 });
      const { sandbox } = folder.place;
      const [created] = sandbox.clients().filter(({ client_name }) => client_name === "Billing");
      const [secret] = sandbox.secretsOf(created?.client_id ?? "");
      expect(folder.read("app/.env")).toBe(`PORT=80\nOAUTH_CLIENT_SECRET=${secret}\n`);
    },
  ],
  ["sh", '\ncf-oauth finish "$CLIENT_ID"\n', onRotation("--to file:secret", 1)],
  ["sh", 'finish "$CLIENT_ID" --now', onRotation("--to file:secret --overlap 7d", 1)],
  [
    "sh",
    "--output text' --finish --yes",
    async (code, folder) => {
      addStores(folder);
      expect(await folder.shell(code)).toMatchObject({ code: 0 });
      expect(account(folder)).toEqual({ count: 1, newest: folder.read("aws") });
    },
  ],
  [
    "sh",
    "secret-digest",
    async (code, folder) => {
      addStores(folder);
      expect(await folder.shell(code)).toMatchObject({ code: 0 });
      expect(folder.read("worker")).toBe(account(folder).newest);
    },
  ],
  ["sh", 'status "$CLIENT_ID"', onRotation("--to 'exec:test -e up'", 2, (folder) => folder.write("up", ""))],
  ["sh", "--replace-sink", onRotation("--to 'aws=exec:exit 1'", 2)],
  ["sh", "--deliver-again", onRotation(intoAws, 2, (folder) => folder.write("aws", oldSecret))],
  [
    "sh",
    `resume "$CLIENT_ID" \\\n  --read-back`,
    onRotation(`${intoAws.split(" --read-back")[0]} --read-back 'aws=cat nowhere'`, 2),
  ],
  [
    "sh",
    "--secret-from",
    async (code, folder) => {
      await begin(folder, intoAws);
      const SHA256 = sha256(folder.read("aws"));
      // The journal is gone.
      const adopted = await folder.shell(code, { SHA256, CF_OAUTH_STATE_DIR: folder.path("empty") });
      expect(adopted).toMatchObject({ code: 0 });
      expect(account(folder)).toEqual({ count: 2, newest: folder.read("aws") });
    },
  ],
  [
    "sh",
    "recover",
    async (code, folder) => {
      await begin(folder, "--to file:secret");
      const here = code.replace("file:/run/secrets/oauth", "file:recovered");
      expect(await folder.shell(here, { CF_OAUTH_STATE_DIR: folder.path("empty") })).toMatchObject({ code: 0 });
      expect(folder.read("recovered")).toBe(account(folder).newest);
    },
  ],
  [
    "sh",
    "--accept-change",
    async (code, folder) => {
      await begin(folder, "--to file:secret");
      const { apiURL, sandbox } = folder.place.served;
      const address = `${apiURL}/accounts/${sandbox.accountId}/oauth_clients/${clientId}`;
      const headers = { authorization: `Bearer ${sandbox.apiToken}`, "content-type": "application/json" };
      await fetch(address, { method: "PATCH", headers, body: JSON.stringify({ client_name: "Changed" }) });
      const refused = await folder.shell('cf-oauth finish "$CLIENT_ID"\n');
      expect(refused).toMatchObject({ code: 4 });
      const UPDATED_AT = /--accept-change (\S+?)[`'\s]/.exec(refused.stderr)?.[1] ?? "";
      expect(await folder.shell(code, { UPDATED_AT })).toMatchObject({ code: 0 });
      expect(account(folder).count).toBe(1);
    },
  ],
  [
    "sh",
    "--verify-with",
    onRotation("--to 'exec:test -e up'", 2, (folder) => {
      folder.write("up", "");
      folder.write("verify.sh", "#!/bin/sh\ngrep -q sandbox-secret-\n", 0o700);
    }),
  ],
  ["sh", "journal-recipe", runFirstAges],
  // `test/cli/plan/scheduled-workflow.test.ts` reads them.
  ["yaml", "overlap: 6d", () => expect(file(scheduledWorkflow)).toContain("overlap: 6d")],
  ["yaml", "secrets: inherit", () => expect(file(scheduledWorkflow)).toContain("secrets: inherit")],
  ["sh", "kubectl rollout", runRollout],
  ["hcl", 'resource "cloudflare_oauth_client"', createsClient],
  [
    "hcl",
    "ignore_changes",
    (code) => expect(code).toMatch(/^ {2}(\w+) .*client_secret\n {2}lifecycle \{\n.*\[\1\]\n/m),
  ],
  [
    "sh",
    "terraform output",
    async (code, folder) => {
      folder.addProgram("terraform", `echo '${clientId}'`);
      addStores(folder);
      expect(await folder.shell(code)).toMatchObject({ code: 0 });
      expect(account(folder)).toEqual({ count: 1, newest: folder.read("aws") });
    },
  ],
  // `test/cli/plan/plan-file.process.test.ts` reads the block and checks the plan.
  [
    "yaml",
    "yaml-language-server",
    () => expect(file("test/cli/plan/plan-file.process.test.ts")).toContain("findBlock"),
  ],
  [
    "yaml",
    "window:",
    async (code, folder) => {
      folder.write("rotation.yaml", `${code}\nclients:\n  - ${oneClient}\n`);
      const status = await folder.shell("cf-oauth status --plan rotation.yaml\n");
      expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining("My OAuth App") });
    },
  ],
  [
    "yaml",
    "alert:",
    async (code, folder) => {
      // `promtool check rules` takes the block.
      const metrics = await writeMetrics(folder);
      const names = code.match(/cf_oauth_\w+/g) ?? [];
      expect(names).toHaveLength(2);
      for (const name of names) expect(metrics).toContain(`# TYPE ${name} gauge\n`);
    },
  ],
  [
    "sh",
    "--openmetrics",
    async (code, folder) => {
      const metrics = await writeMetrics(folder, code.replace(/\/var\/\S+\//, ""));
      expect(metrics).toContain('client="My OAuth App",phase="none"} 1\n');
      // The table has each metric.
      for (const [, name] of metrics.matchAll(/^# TYPE (\S+)/gm))
        expect(file("src/cli/README.md")).toContain(`| \`${name}\` |`);
    },
  ],
  [
    "sh",
    "--rotated-at 2026-05-01",
    async (code, folder) => expect(await folder.shell(code)).toMatchObject({ code: 0 }),
  ],
  [
    "sh",
    "--older-than",
    async (code, folder) => {
      folder.write("rotation.yaml", `defaults: { every: 90d }\nclients:\n  - ${oneClient}\n`);
      // Nothing is known of its age.
      expect(await folder.shell(code)).toMatchObject({ code: 4, stdout: expect.stringContaining("My OAuth App") });
    },
  ],
];
