import { cannotRotate, print, program, testIt } from "./programs.ts";

/** An app of users, and how its tool builds and runs it. */
export interface App {
  /** The tool, as the guide calls it. */
  readonly tool: string;
  /** The npm package, or the runtime, whose version it is. */
  readonly version: string;
  /** What is special about the app. */
  readonly how: string;
  /** Whether its tool loads `./rotation`; else why not, and what helps. */
  readonly rotation: true | string;
  /** By their paths. */
  readonly files: Readonly<Record<string, string>>;
  /** Each is run by Node, but for Bun and Deno. The path of a program is in the folder of the tools. */
  readonly commands: readonly (readonly string[])[];
  /** A server that has to be asked, by the command that starts it at a port. */
  readonly server?: (port: number) => readonly string[];
  /** A Worker, to be run in workerd. */
  readonly worker?: string;
}

const json = (value: unknown) => JSON.stringify(value);
const manifest = (type: "module" | "commonjs") => ({ "package.json": json({ private: true, type }) });
const modules = manifest("module");
const commonJs = manifest("commonjs");
const run = (file: string) => [file];

const imports = program({ syntax: "import" }) + print;
const requires = program({ syntax: "require" }) + print;
const typed = program({ syntax: "import", isTyped: true }) + print;

const node: readonly App[] = [
  {
    tool: "Node",
    version: "node",
    how: "`import`",
    rotation: true,
    files: { ...modules, "app.js": imports },
    commands: [run("app.js")],
  },
  {
    tool: "Node",
    version: "node",
    how: "`require`",
    rotation: true,
    files: { ...commonJs, "app.js": requires },
    commands: [run("app.js")],
  },
  {
    tool: "tsx",
    version: "tsx",
    how: "ES module",
    rotation: true,
    files: { ...modules, "app.ts": typed },
    commands: [["tsx/dist/cli.mjs", "app.ts"]],
  },
  {
    tool: "tsx",
    version: "tsx",
    how: "CommonJS",
    rotation: true,
    files: { ...commonJs, "app.ts": typed },
    commands: [["tsx/dist/cli.mjs", "app.ts"]],
  },
  {
    tool: "ts-node",
    version: "ts-node",
    how: "CommonJS",
    rotation: true,
    files: {
      ...commonJs,
      "app.ts": typed,
      "tsconfig.json": json({ compilerOptions: { module: "node16", strict: true, target: "es2022", types: ["node"] } }),
    },
    commands: [["ts-node/dist/bin.js", "app.ts"]],
  },
];

const jest = ["jest/bin/jest.js", "--ci", "--no-cache"];
/** Jest has a loader of its own for `require`, which takes no ES module. */
const inJest = "if tests are ES modules";

const tests: readonly App[] = [
  {
    tool: "Jest",
    version: "jest",
    how: "CommonJS",
    rotation: inJest,
    files: {
      ...commonJs,
      "app.test.js": program({ syntax: "require", hasRotation: false }) + testIt + cannotRotate,
      "jest.config.js": `module.exports = { testEnvironment: "node" };`,
    },
    commands: [jest],
  },
  {
    tool: "Jest",
    version: "jest",
    how: "ES module",
    rotation: true,
    files: {
      ...modules,
      "app.test.js": program({ syntax: "import" }) + testIt,
      "jest.config.js": `export default { testEnvironment: "node", transform: {} };`,
    },
    commands: [["--experimental-vm-modules", ...jest]],
  },
  {
    tool: "ts-jest",
    version: "ts-jest",
    how: "CommonJS",
    rotation: inJest,
    files: {
      ...commonJs,
      "app.test.ts": program({ syntax: "import", hasRotation: false, isTyped: true }) + testIt + cannotRotate,
      "jest.config.js": `module.exports = { preset: "ts-jest", testEnvironment: "node" };`,
      "tsconfig.json": json({ compilerOptions: { module: "node16", strict: true, target: "es2022", types: ["jest"] } }),
    },
    commands: [jest],
  },
  {
    tool: "ts-jest",
    version: "ts-jest",
    how: "ES module",
    rotation: true,
    files: {
      ...modules,
      "app.test.ts": program({ syntax: "import", isTyped: true }) + testIt,
      "jest.config.js": `export default {
        testEnvironment: "node", extensionsToTreatAsEsm: [".ts"], transform: { "\\\\.ts$": ["ts-jest", { useESM: true }] },
      };`,
      "tsconfig.json": json({ compilerOptions: { module: "node16", strict: true, target: "es2022", types: ["jest"] } }),
    },
    commands: [["--experimental-vm-modules", ...jest]],
  },
  {
    tool: "Vitest",
    version: "vitest",
    how: "`import`",
    rotation: true,
    files: { ...modules, "app.test.ts": `import { test } from "vitest";\n${program({ syntax: "import" })}${testIt}` },
    commands: [["vitest/vitest.mjs", "run"]],
  },
];

/** Of both kinds in one program: one bundle may then hold two copies of the client. */
const mixed = `
import * as modules from "cloudflare-oauth-clients";
${program({ syntax: "require" })}
console.log(modules.default.name);
${print}`;

const bundlers: readonly App[] = [
  {
    tool: "Vite",
    version: "vite",
    how: "`import`",
    rotation: true,
    files: {
      ...modules,
      "app.ts": imports,
      "vite.config.js": `export default {
        build: { target: "es2022", modulePreload: false, rollupOptions: { input: "app.ts", output: { entryFileNames: "app.js" } } },
      };`,
    },
    commands: [["vite/bin/vite.js", "build"], run("dist/app.js")],
  },
  ...(["import", "require"] as const).map(
    (syntax): App => ({
      tool: "webpack",
      version: "webpack",
      how: `\`${syntax}\``,
      rotation: true,
      files: {
        ...(syntax === "import" ? modules : commonJs),
        "app.js": syntax === "import" ? imports : requires,
        "webpack.config.cjs": `module.exports = {
          mode: "production", target: "node", entry: "./app.js", output: { filename: "main.cjs" },
        };`,
      },
      commands: [["webpack/bin/webpack.js", "--config", "webpack.config.cjs"], run("dist/main.cjs")],
    }),
  ),
  ...(["`import`", "`require`", "both in one program"] as const).map(
    (how, index): App => ({
      tool: "esbuild",
      version: "esbuild",
      how,
      rotation: true,
      files: { ...commonJs, "app.js": [imports, requires, mixed][index] ?? "" },
      commands: [
        ["esbuild/bin/esbuild", "app.js", "--bundle", "--platform=node", "--outfile=bundle.js"],
        run("bundle.js"),
      ],
    }),
  ),
  {
    tool: "Rollup",
    version: "rollup",
    how: "`import`",
    rotation: true,
    files: {
      ...modules,
      "app.js": imports,
      "rollup.config.js": `import commonjs from "@rollup/plugin-commonjs";
import resolve from "@rollup/plugin-node-resolve";
export default { input: "app.js", output: { file: "bundle.js" }, plugins: [resolve(), commonjs()] };`,
    },
    commands: [["rollup/dist/bin/rollup", "--config"], run("bundle.js")],
  },
];

const answer = "Response.json(await call())";

const platforms: readonly App[] = [
  {
    tool: "Next.js",
    version: "next",
    how: "edge route",
    rotation: true,
    files: {
      ...modules,
      "app/call/route.js": `${program({ syntax: "import" })}
export const runtime = "edge";
export async function GET() {
  return ${answer};
}
`,
      "next.config.mjs": "export default { turbopack: { root: '/' } };",
    },
    commands: [["next/dist/bin/next", "build"]],
    server: (port) => ["next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", String(port)],
  },
  {
    tool: "wrangler",
    version: "wrangler",
    how: "Worker",
    rotation: true,
    files: {
      ...modules,
      "app.js": `${program({ syntax: "import" })}
export default {
  async fetch() {
    return ${answer};
  },
};
`,
      "wrangler.json": json({ name: "app", main: "app.js", compatibility_date: "2026-07-01" }),
    },
    commands: [["wrangler/bin/wrangler.js", "deploy", "--dry-run", "--outdir", "out"]],
    worker: "out/app.js",
  },
  {
    tool: "Bun",
    version: "bun",
    how: "`import`",
    rotation: true,
    files: { ...modules, "app.ts": typed },
    commands: [["bun", "app.ts"]],
  },
  {
    tool: "Bun",
    version: "bun",
    how: "`require`",
    rotation: true,
    files: { ...commonJs, "app.js": requires },
    commands: [["bun", "app.js"]],
  },
  {
    tool: "Deno",
    version: "deno",
    how: "`npm:`",
    rotation: true,
    files: {
      ...manifest("module"),
      "app.ts": typed.replaceAll('"cloudflare-oauth-clients', '"npm:cloudflare-oauth-clients'),
    },
    commands: [["deno", "run", "--no-prompt", "--cached-only", "app.ts"]],
  },
  {
    tool: "Deno",
    version: "deno",
    how: "`require`",
    rotation: true,
    files: { ...commonJs, "app.js": requires },
    commands: [["deno", "run", "--no-prompt", "--cached-only", "--allow-read", "--allow-env", "app.js"]],
  },
];

const compilers = ["typescript-5.4", "typescript", "typescript-7"] as const;

/** Every entry, so that the types of each are read. */
const allEntries = ["", "/rotation", "/running", "/node", "/sandbox", "/workers"]
  .map((entry, index) => `import * as entry${index} from "cloudflare-oauth-clients${entry}";\nvoid entry${index};\n`)
  .join("");

function compile(compiler: string, module: string, moduleResolution: string, files: Record<string, string>): App {
  const compilerOptions = {
    module,
    moduleResolution,
    target: "es2022",
    lib: ["es2022", "dom"],
    types: [],
    strict: true,
    // What compilers do by themselves where they know node10; version 7 knows no other way.
    ...(moduleResolution !== "node10" && { esModuleInterop: true }),
    // What the package declares is checked, too.
    skipLibCheck: false,
  };
  const outputs = Object.keys(files).filter((name) => name.startsWith("app"));
  return {
    tool: "TypeScript",
    version: compiler,
    how: `\`${moduleResolution}\``,
    rotation: true,
    files: {
      ...(moduleResolution === "node10" ? commonJs : modules),
      ...files,
      "tsconfig.json": json({ compilerOptions, include: ["*.mts", "*.cts", "*.ts"] }),
    },
    commands: [[`${compiler}/bin/tsc`, "-p", "."], ...outputs.map((name) => [name.replace(/ts$/, "js")])],
  };
}

const inCommonJs = program({ syntax: "import in CommonJS", isTyped: true }) + print;

const compiled: readonly App[] = compilers.flatMap((compiler) => [
  ...["node16", "nodenext"].map((resolution) =>
    compile(compiler, resolution, resolution, {
      "app.mts": typed,
      "app.cts": inCommonJs,
      "entries.mts": allEntries,
      "entries.cts": allEntries,
    }),
  ),
  compile(compiler, "esnext", "bundler", { "app.ts": typed, "entries.ts": allEntries }),
  // Version 7 has none.
  ...(compiler === "typescript-7"
    ? []
    : [compile(compiler, "commonjs", "node10", { "app.ts": typed, "entries.ts": allEntries })]),
]);

export const apps: readonly App[] = [...node, ...tests, ...bundlers, ...platforms, ...compiled];
