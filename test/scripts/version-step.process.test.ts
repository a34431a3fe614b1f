import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type TestContext, test } from "vitest";
import { parse, stringify } from "yaml";
import { type Step, versionStep } from "../../scripts/version-step.ts";
import { description, edited } from "../description/description.ts";
import { ProjectCopy } from "../description/project-copy.ts";

const flag = / {12}has_rotated_secret:\n(?: {14}.*\n)+/;

/** The description without an operation. */
function without(path: string, method: string): string {
  const document = parse(description, { merge: true });
  delete document.paths[path][method];
  return stringify(document, { aliasDuplicateObjects: false });
}

const edits: readonly [about: string, text: string, step: Step, told: string][] = [
  ["a property of a result is gone", edited(flag, ""), "major", "Property `has_rotated_secret` was removed"],
  ["an operation is gone", without("/oauth/scopes", "get"), "major", "/oauth/scopes"],
  [
    "a setting becomes required",
    edited("required: [client_name, grant_types", "required: [client_name, client_uri, grant_types"),
    "major",
    "client_uri",
  ],
  [
    "a value is no longer taken",
    edited("enum: [authorization_code, refresh_token]", "enum: [authorization_code]"),
    "major",
    "refresh_token",
  ],
  [
    "a result changes its type",
    edited("has_rotated_secret:\n              type: boolean", "has_rotated_secret:\n              type: string"),
    "major",
    "has_rotated_secret",
  ],
  [
    "a result gets another property",
    edited(
      "            created_at:",
      "            owner: { type: string, readOnly: true, description: Who made it. }\n            created_at:",
    ),
    "minor",
    "owner",
  ],
  [
    "a setting is new",
    edited(
      "        client_name: { type",
      "        nickname: { type: string, description: Another name. }\n        client_name: { type",
    ),
    "minor",
    "nickname",
  ],
  [
    "an operation answers with another status",
    edited(
      '        "403": { $ref',
      '        "409": { $ref: "#/components/responses/Conflict" }\n        "403": { $ref',
    ),
    "minor",
    "Response 409",
  ],
  ["a text is put better", edited("The client's logo.", "The picture that users see."), "patch", "logo_uri"],
];

async function folder({ onTestFinished }: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "version-step-test-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test.for(edits)("%s", async ([, text, step, told], context) => {
  const place = await folder(context);
  const write = async (name: string, content: string) => {
    await writeFile(join(place, name), content);
    return join(place, name);
  };
  const base = await write("base.yaml", description);
  const found = await versionStep(base, await write("revision.yaml", text));
  expect(found).toMatchObject({ step, isEnough: false });
  expect(found.markdown).toContain(told);
  expect(found.markdown).toContain(`(${step})`);

  const [, major = "", minor = "", patch = ""] = /^ {2}version: (\d+)\.(\d+)\.(\d+)$/m.exec(text) ?? [];
  const raised = {
    major: `${+major + 1}.0.0`,
    minor: `${major}.${+minor + 1}.0`,
    patch: `${major}.${minor}.${+patch + 1}`,
  };
  const version = raised[step as keyof typeof raised];
  const named = text.replace(/^ {2}version: .*$/m, `  version: ${version}`);
  expect(await versionStep(base, await write("raised.yaml", named))).toMatchObject({ step, isEnough: true });
});

test("a description that is as it was needs no step", async (context) => {
  const base = join(await folder(context), "base.yaml");
  await writeFile(base, description);
  expect(await versionStep(base, base)).toMatchObject({ step: "none", isEnough: true });
});

// What the workflow runs, as its runner does: with the text of the step.
test("a pull request's check refuses too small a step, unless a maintainer overrules it", {
  timeout: 60_000,
}, async (context) => {
  const workflow = parse(await readFile(new URL("../../.github/workflows/description.yml", import.meta.url), "utf8"));
  const { run } = workflow.jobs.rate.steps.at(-1);
  const copy = await ProjectCopy.make(context, ["openapi", "scripts", "package.json"]);
  copy.git("init", "--quiet");
  copy.git("add", "openapi");
  copy.git("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "Base");
  await copy.describe(edited(flag, ""));
  const place = await folder(context);

  async function check(OVERRULE: string): Promise<{ status: number | null; output: string }> {
    const [summary, output] = [join(place, `summary${OVERRULE}`), join(place, `output${OVERRULE}`)];
    const env = { ...process.env, BASE: "HEAD", OVERRULE, GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output };
    const { status, stderr } = spawnSync("bash", ["--norc", "-e", "-c", run], {
      cwd: copy.folder,
      env,
      encoding: "utf8",
    });
    expect(stderr).not.toMatch(/bash|not found/);
    expect(await readFile(output, "utf8")).toContain(await readFile(summary, "utf8"));
    return { status, output: await readFile(output, "utf8") };
  }

  const refused = await check("");
  expect(refused).toMatchObject({
    status: 1,
    output: expect.stringMatching(/^comment<<(\S+)\n.+does not make it.+\n\1\n$/s),
  });
  const overruled = await check("--overrule");
  expect(overruled).toMatchObject({ status: 0, output: expect.stringContaining("A maintainer has overruled this.") });
});
