import { beforeEach } from "vitest";

declare global {
  var __stryker__: { readonly activeMutant?: string } | undefined;
}

// The processes that a test starts run the same mutant. Without one, as in the first run, Stryker ignores the variable.
beforeEach(() => {
  const mutant = globalThis.__stryker__?.activeMutant;
  if (mutant === undefined) delete process.env.__STRYKER_ACTIVE_MUTANT__;
  else process.env.__STRYKER_ACTIVE_MUTANT__ = mutant;
});
