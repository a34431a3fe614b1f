import { beforeEach } from "vitest";

declare global {
  var __stryker__: { readonly activeMutant?: string } | undefined;
}

/** Tests that take seconds, because they kill or stop processes at many moments, or run whole rotations. */
const tooSlow = /^(a process that is (killed|stopped)|of many processes|in a rotation, nothing|a crowd|six writers)/;

beforeEach(({ task, skip }) => {
  skip(tooSlow.test(task.fullTestName), "it would take too long for each mutant");
  // By this variable, the processes that a test starts run the same mutant.
  const mutant = globalThis.__stryker__?.activeMutant;
  if (mutant === undefined) delete process.env.__STRYKER_ACTIVE_MUTANT__;
  else process.env.__STRYKER_ACTIVE_MUTANT__ = mutant;
});
