import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parsePlan } from "../../../src/cli/plan/plan-file.ts";
import { parseDuration } from "../../../src/cli/terminal/duration.ts";
import { findBlock } from "../../guides/blocks.ts";

interface Workflow {
  readonly on: {
    readonly schedule: readonly { readonly cron: string }[];
    readonly workflow_call: { readonly inputs: Readonly<Record<string, unknown>> };
  };
  readonly permissions: object;
}

interface Caller {
  readonly jobs: Readonly<Record<string, { readonly with: object; readonly permissions: object }>>;
}

const example = new URL("../../trials/examples/scheduled-rotation.yml", import.meta.url);
const workflow: Workflow = parse(readFileSync(example, "utf8"));

test("the overlap of the guide's plan is over a day before the next run", async () => {
  expect(workflow.on.schedule).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* \d$/) }]);
  const plan = await parsePlan(findBlock("yaml", "overlap: 6d").code, "/plans/rotation.yaml");
  const overlaps = plan.clients.map(({ overlap = "" }) => parseDuration(overlap, "overlap"));
  expect(overlaps).toEqual([expect.toSatisfy((overlap: number) => overlap <= parseDuration("6d", "overlap"))]);
});

test("the guide's caller gives the workflow inputs that it has, and every permission that it needs", () => {
  const caller: Caller = parse(findBlock("yaml", "secrets: inherit").code);
  for (const { with: inputs, permissions } of Object.values(caller.jobs)) {
    expect(Object.keys(workflow.on.workflow_call.inputs)).toEqual(expect.arrayContaining(Object.keys(inputs)));
    expect(permissions).toEqual(workflow.permissions);
  }
});
