import { build } from "esbuild";

/** A program in one file, as a bundler makes it for a platform without modules of its own. */
export async function bundle(program: string, platform: "workerd" | "browser"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [program],
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: platform === "workerd" ? ["workerd", "worker"] : ["browser"],
    external: ["cloudflare:workers"],
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return outputFiles.map(({ text }) => text).join("\n");
}

/** Writes a program of the tests in one JavaScript file: Node 20 runs no TypeScript, and what runs must not change meanwhile. */
export async function bundleForNode(program: string, outfile: string): Promise<void> {
  await build({ entryPoints: [program], bundle: true, format: "esm", platform: "node", outfile, logLevel: "error" });
}
