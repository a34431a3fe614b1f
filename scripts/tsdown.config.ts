import { fileURLToPath } from "node:url";
import { defineConfig } from "tsdown";
import { thirdPartyNotices } from "./third-party-notices.ts";

const shared = {
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  target: "es2022",
  hash: false,
  logLevel: "warn",
} as const;

const library = defineConfig({
  ...shared,
  entry: {
    index: "src/client/index.ts",
    rotation: "src/rotation/index.ts",
    sandbox: "src/sandbox/index.ts",
    node: "src/node/index.ts",
    workers: "src/workers/index.ts",
  },
  platform: "neutral",
  // Nothing of others is in the library: what it needs, it depends on.
  deps: { neverBundle: [/^node:/], onlyBundle: [] },
  // What entries share is one file: each that Node looks up and reads takes it a millisecond.
  outputOptions: {
    codeSplitting: {
      groups: [
        { name: "shared", test: /src\/client\/(deadline|errors|known-secrets|redact)\.ts|generated\/operations\.ts/ },
      ],
    },
  },
  dts: { oxc: true },
});

/** The command is one program, with its libraries in it: what it runs is what was tested. */
const command = defineConfig({
  ...shared,
  entry: { "cf-oauth": "src/cli/bin.ts" },
  outDir: "dist/cli",
  platform: "node",
  deps: { alwaysBundle: [/.*/], onlyBundle: false },
  minify: true,
  plugins: [thirdPartyNotices()],
  fixedExtension: false,
  dts: false,
});

const configuration: (typeof library)[] = [library, command];
export default configuration;
