import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export const project = fileURLToPath(new URL("../..", import.meta.url));
export const openapi = fileURLToPath(new URL("../../openapi", import.meta.url));
export const redocly = fileURLToPath(import.meta.resolve("@redocly/cli/bin/cli.js"));

export const description = await readFile(new URL("../../openapi/openapi.yaml", import.meta.url), "utf8");

/** The description with `from` replaced once; refuses an edit that changes nothing, whose test would show nothing. */
export function edited(from: string | RegExp, to: string): string {
  const text = description.replace(from, () => to);
  if (text === description) throw new Error(`openapi.yaml does not contain ${from}`);
  return text;
}
