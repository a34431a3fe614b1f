import { afterEach, vi } from "vitest";

// Files share a world (see vitest.config.ts), so no test may leave anything changed. The spies go first: one that was put on
// a held clock would bring that clock back.
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});
