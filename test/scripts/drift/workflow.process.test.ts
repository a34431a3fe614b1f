import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}

const workflow = parse(readFileSync(new URL("../../../.github/workflows/drift.yml", import.meta.url), "utf8"));
const steps: readonly Step[] = workflow.jobs.drift.steps;

/** Runs the last two steps as GitHub does, with programs in the place of npm and gh that note how they were called. */
function run(status: number, openIssue: string): { failed: boolean; calls: readonly string[]; summary: string } {
  const folder = mkdtempSync(join(tmpdir(), "drift-workflow-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  program("npm", `echo "what differs"; exit ${status}`);
  program("gh", `[ "$2" = list ] && { echo "${openIssue}"; exit; }; echo "$1 $2 $3" >> calls`);
  const files = ["calls", "output", "summary"];
  for (const file of files) writeFileSync(join(folder, file), "");
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const env = { PATH: `${folder}:${process.env.PATH}`, GITHUB_OUTPUT: "output", GITHUB_STEP_SUMMARY: "summary" };
  let failed = false;
  for (const { run: script = "" } of steps.slice(-2)) {
    const STATUS = /^status=(.*)$/m.exec(read("output"))?.[1];
    failed ||= spawnSync("bash", ["-e", "-c", script], { cwd: folder, env: { ...env, STATUS } }).status !== 0;
    if (failed) break;
  }
  return { failed, calls: read("calls").split("\n").filter(Boolean), summary: read("summary") };
}

it.each([
  {
    what: "opens an issue of a difference",
    status: 1,
    open: "",
    calls: ["label create drift", "issue create --label"],
  },
  { what: "updates the issue that is open", status: 1, open: "7", calls: ["issue edit 7"] },
  { what: "closes the issue when nothing differs any more", status: 0, open: "7", calls: ["issue close 7"] },
  { what: "does nothing when nothing differs", status: 0, open: "", calls: [] },
])("the nightly workflow $what", ({ status, open, calls }) => {
  const ended = run(status, open);
  expect(ended).toMatchObject({ failed: false, calls });
  expect(ended.summary).toContain("what differs");
});

it("the nightly workflow fails, and touches no issue, where the documents cannot be compared", () => {
  expect(run(2, "7")).toMatchObject({ failed: true, calls: [] });
});
