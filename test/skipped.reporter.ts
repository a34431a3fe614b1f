import type { Reporter, TestCase } from "vitest/node";

/** Prints which tests were skipped, and why: vitest's own reporters keep that to themselves where a file passes. */
export const skippedReporter: Reporter = {
  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state !== "skipped") return;
    console.log(`skipped: ${test.module.relativeModuleId}: ${test.fullName}: ${result.note ?? "no reason given"}`);
  },
};
