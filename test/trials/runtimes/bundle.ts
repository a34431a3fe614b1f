import { build } from "esbuild";

/** A program, with the package that its project has installed, as a bundler makes it for a platform without modules of its own. */
export async function bundle(program: string, condition: "workerd" | "browser"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [program],
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
