import { afterEach, vi } from "vitest";

// Files share a world (see vitest.config.ts), so no test may leave the clock standing.
afterEach(() => void vi.useRealTimers());
