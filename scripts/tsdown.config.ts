import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Rolldown } from "tsdown";
import { thirdPartyNotices } from "./third-party-notices.ts";

const shared = {
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  target: "es2022",
  hash: false,
  logLevel: "warn",
} as const;

const anywhere = {
  ...shared,
  platform: "neutral" as const,
  // Nothing of others is in the library: what it needs, it depends on.
  deps: { neverBundle: [/^node:/], onlyBundle: [] },
};

const entries = {
  index: "src/client/index.ts",
  rotation: "src/rotation/index.ts",
  running: "src/running/index.ts",
  sandbox: "src/sandbox/index.ts",
  node: "src/node/index.ts",
  workers: "src/workers/index.ts",
};
const commonjs = "src/client/commonjs.ts";

const library = defineConfig({
  ...anywhere,
  entry: entries,
  // What entries share is one file: each that Node looks up and reads takes it a millisecond.
  outputOptions: {
    codeSplitting: {
      groups: [
        { name: "shared", test: /src\/client\/(deadline|errors|known-secrets|redact)\.ts|generated\/operations\.ts/ },
      ],
    },
  },
  dts: false,
});

/** For programs that cannot require an ES module, such as Jest. */
const commonJs = defineConfig({
  ...anywhere,
  entry: { commonjs, sandbox: entries.sandbox },
  format: "cjs",
  // The types have their text.
  outputOptions: { comments: false },
  plugins: [defaultOf("openapi-fetch")],
  dts: false,
});

/** An ES module can import the types of CommonJS, but not the reverse. So both have the same types, and each can use values of the other. */
const types = defineConfig({
  ...anywhere,
  entry: { ...entries, commonjs },
  outExtensions: () => ({ dts: ".d.cts" }),
  // No type needs oauth4webapi, and CommonJS cannot import it.
  treeshake: { moduleSideEffects: false },
  dts: { oxc: true, emitDtsOnly: true, cjsDefault: true },
  hooks: { "build:done": ({ options: { outDir } }) => writeReferences(outDir) },
});

/** The types for `import`, and what `require` loads where only the ES module is built. */
function writeReferences(folder: string): void {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  for (const entry of Object.keys(entries)) write(`${entry}.d.ts`, `export * from "./${entry}.cjs";\n`);
  appendFileSync(join(folder, "index.d.ts"), `export { Cloudflare as default } from "./index.cjs";\n`);
  for (const entry of ["rotation", "running", "node", "workers"])
    write(`${entry}.cjs`, `module.exports = require("./${entry}.js");\n`);
}

/**
 * The CommonJS of openapi-fetch is made from an ES module, and says so (`__esModule`): its default export is the function. A module
 * of a package of ES modules would take all of `exports` for that, as Node does. One without a package does not.
 */
function defaultOf(name: string): Rolldown.Plugin {
  const virtual = `\0${name}`;
  return {
    name: "default-of",
    resolveId: {
      order: "pre",
      handler: (source, importer) => (source === name && importer !== virtual ? virtual : undefined),
    },
    load: (id) => (id === virtual ? `export { default } from "${name}";` : undefined),
  };
}

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

const configuration: (typeof library)[] = [library, commonJs, types, command];
export default configuration;
