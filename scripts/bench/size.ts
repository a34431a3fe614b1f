import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** How many bytes a browser loads for an ES module and all that it imports: minified, and compressed as well. */
export async function bundleSize(entryFile: string): Promise<{ min: number; gzip: number }> {
  const { outputFiles } = await build({
    entryPoints: [entryFile],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "error",
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  return { min: contents.byteLength, gzip: gzipSync(contents, { level: 9 }).byteLength };
}
