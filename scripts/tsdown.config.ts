import { fileURLToPath } from "node:url";
import { defineConfig } from "tsdown";

export default defineConfig({
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  entry: { index: "src/client/index.ts" },
  platform: "neutral",
  target: "es2022",
  dts: { oxc: true },
  hash: false,
  logLevel: "warn",
});
