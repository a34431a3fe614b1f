import { mkdtemp, rm, writeFile } from "node:fs/promises";
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

test("the command compares with a git revision, and a maintainer can overrule it", {
  timeout: 60_000,
}, async (context) => {
  const copy = await ProjectCopy.make(context, ["openapi", "scripts", "package.json"]);
  const git = (...words: string[]) => copy.git(...words);
  git("init", "--quiet");
  git("add", "openapi");
  git("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "Base");
  await copy.describe(edited(flag, ""));

  const refused = await copy.run("scripts/version-step.ts", "HEAD");
  expect(refused).toMatchObject({ exit: 1, stdout: expect.stringContaining("does not make it") });
  const overruled = await copy.run("scripts/version-step.ts", "HEAD", "--overrule");
  expect(overruled).toMatchObject({ exit: 0, stdout: expect.stringContaining("A maintainer has overruled this.") });
});
