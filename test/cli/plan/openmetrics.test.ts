import { expect, test } from "vitest";
import type { StatusReport } from "../../../src/cli/plan/client-report.ts";
import { openMetrics } from "../../../src/cli/plan/openmetrics.ts";

function report(fields: Partial<StatusReport>): StatusReport {
  return {
    ...{ clientId: "a", name: "A", phase: "done", nextStep: null, age: 1500, overdue: false },
    ...{ dueAt: "2026-12-01T00:00:00.000Z", oldestRotatedAt: "2026-11-01T00:00:00.500Z", sha256: "5ec4e7" },
    ...fields,
  } as StatusReport;
}

test("metrics have a sample for each client, and none where a value is unknown", () => {
  const unknown = {
    clientId: "b",
    name: "B",
    phase: null,
    age: null,
    dueAt: null,
    oldestRotatedAt: null,
    overdue: true,
  };
  expect(
    openMetrics("p", [report({}), report(unknown)]),
  ).toBe(`# HELP cf_oauth_secret_age_seconds Age of the newest secret when this file was written.
# TYPE cf_oauth_secret_age_seconds gauge
cf_oauth_secret_age_seconds{plan="p",client_id="a",client="A"} 1.5
# HELP cf_oauth_rotation_due_timestamp_seconds When the next rotation is due.
# TYPE cf_oauth_rotation_due_timestamp_seconds gauge
cf_oauth_rotation_due_timestamp_seconds{plan="p",client_id="a",client="A"} 1796083200
# HELP cf_oauth_rotation_overdue 1 if a whole window has passed since the rotation was due, or without a window if the secret is older than the plan allows, or if its age is not known.
# TYPE cf_oauth_rotation_overdue gauge
cf_oauth_rotation_overdue{plan="p",client_id="a",client="A"} 0
cf_oauth_rotation_overdue{plan="p",client_id="b",client="B"} 1
# HELP cf_oauth_rotation_last_success_timestamp_seconds When the last finished rotation began, or the date that was recorded.
# TYPE cf_oauth_rotation_last_success_timestamp_seconds gauge
cf_oauth_rotation_last_success_timestamp_seconds{plan="p",client_id="a",client="A"} 1793491200.5
# HELP cf_oauth_rotation_phase 1 for the phase of the latest rotation; none if the journal knows no rotation.
# TYPE cf_oauth_rotation_phase gauge
cf_oauth_rotation_phase{plan="p",client_id="a",client="A",phase="done"} 1
cf_oauth_rotation_phase{plan="p",client_id="b",client="B",phase="none"} 1
# HELP cf_oauth_rotation_stuck 1 if only a person can continue: the plan has stopped trying the client after failures, or a rotation waits for a decision.
# TYPE cf_oauth_rotation_stuck gauge
cf_oauth_rotation_stuck{plan="p",client_id="a",client="A"} 0
cf_oauth_rotation_stuck{plan="p",client_id="b",client="B"} 0
# EOF
`);
});

test.each([
  ["done", null, 0],
  ["issued", "resume", 0],
  ["verified", "finish", 0],
  ["verified", null, 1],
  ["requesting", null, 1],
])("a rotation at %s whose next step is %s has the value %i for stuck", (phase, nextStep, stuck) => {
  expect(openMetrics("p", [report({ phase, nextStep })])).toMatch(
    new RegExp(`^cf_oauth_rotation_stuck{.*} ${stuck}$`, "m"),
  );
});

test("a label may have any character", () => {
  const text = openMetrics("a\\b", [report({ name: 'My "App"\nnext\\ {é=1},☃' })]);
  expect(text).toContain(`{plan="a\\\\b",client_id="a",client="My \\"App\\"\\nnext\\\\ {é=1},☃"} 1.5\n`);
});

test("no metric has the digest of a secret", () => {
  expect(openMetrics("p", [report({})])).not.toContain("5ec4e7");
});
