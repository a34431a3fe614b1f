/** A code generator that people have, and how the trial asks it for code. */
export interface Generator {
  /** Its npm package. */
  readonly name: string;
  /** Its program, from `node_modules`. */
  readonly program: string;
  /** What it is given: the description, and the folder to write to. */
  readonly words: (input: string, output: string) => readonly string[];
  /** Brings what {@link typeOf} needs into scope. */
  readonly imports: string;
  /** The TypeScript type of a schema of the description. */
  readonly typeOf: (schema: string) => string;
}

export const generators: readonly Generator[] = [
  {
    name: "openapi-typescript",
    program: "openapi-typescript/bin/cli.js",
    words: (input, output) => [input, "--output", `${output}/api.ts`],
    imports: 'import type { components } from "./api.ts";',
    typeOf: (schema) => `components["schemas"]["${schema}"]`,
  },
  {
    name: "@hey-api/openapi-ts",
    program: "@hey-api/openapi-ts/bin/run.js",
    words: (input, output) => ["--input", input, "--output", output],
    imports: 'import type * as api from "./types.gen.ts";\nexport * from "./index.ts";',
    typeOf: (schema) => `api.${schema}`,
  },
  {
    name: "orval",
    program: "orval/dist/bin/orval.mjs",
    words: (input, output) => ["--input", input, "--output", `${output}/api.ts`, "--client", "fetch"],
    imports: 'import type * as api from "./api.ts";',
    typeOf: (schema) => `api.${schema}`,
  },
  {
    name: "openapi-zod-client",
    program: "openapi-zod-client/bin.js",
    words: (input, output) => [input, "--output", `${output}/api.ts`, "--export-schemas"],
    imports: 'import type { z } from "zod";\nimport type { schemas } from "./api.ts";',
    typeOf: (schema) => `z.infer<(typeof schemas)["${schema}"]>`,
  },
  {
    name: "swagger-typescript-api",
    program: "swagger-typescript-api/dist/cli.mjs",
    words: (input, output) => ["generate", "--path", input, "--output", output, "--name", "api.ts", "--silent"],
    imports: 'import type * as api from "./api.ts";',
    typeOf: (schema) => `api.${schema}`,
  },
];

/** Generators that cannot be had here, and why. */
export const missing: readonly (readonly [name: string, reason: string])[] = [
  ["OpenAPI Generator", "its npm package downloads a Java program from Maven Central"],
  ["Kiota", "its npm package downloads a program from GitHub"],
];
