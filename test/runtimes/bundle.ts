import { join } from "node:path";
import { build } from "esbuild";

/** A program of the project, with the package that it imports, as a bundler makes it for a platform without modules of its own. */
export async function bundle(project: string, program: string, condition: "workerd" | "browser"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(project, "programs", program)],
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: [condition],
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return outputFiles.map(({ text }) => text).join("\n");
}
