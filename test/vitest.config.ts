import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/prism.setup.ts"],
    // Cheaper to start than processes, and each file still has a world of its own.
    pool: "threads",
  },
});
