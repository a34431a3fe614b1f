import { fileURLToPath } from "node:url";
import { defineConfig } from "tsdown";

export default defineConfig({
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  entry: {
    index: "src/client/index.ts",
    rotation: "src/rotation/index.ts",
    sandbox: "src/sandbox/index.ts",
    node: "src/node/index.ts",
  },
  platform: "neutral",
  deps: { neverBundle: [/^node:/] },
  target: "es2022",
  dts: { oxc: true },
  hash: false,
  logLevel: "warn",
});
