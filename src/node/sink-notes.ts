import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { structureOf } from "./dotenv-lines.ts";

/** What a user should know of a file before it gets a secret: one text of all that there is, or undefined. */
export function joinNotes(...notes: readonly (string | undefined)[]): string | undefined {
  return notes.filter((one) => one !== undefined).join("; ") || undefined;
}

/** That others than its owner can read a file, which keeps its mode. */
export async function modeNote(path: string): Promise<string | undefined> {
  // Windows has no such modes.
  if (process.platform === "win32") return undefined;
  const mode = await stat(path).then(
    ({ mode }) => mode & 0o777,
    () => 0,
  );
  if ((mode & 0o044) === 0) return undefined;
  const who = (mode & 0o004) !== 0 ? "every user of this machine" : "the group of the file";
  return `${who} can read ${path} (mode 0${mode.toString(8)}); if that is not meant: chmod ${(mode & 0o700).toString(8)} ${path}`;
}

/** `.env`, `.env.<mode>`, `.env.local`, `.env.<mode>.local`; not the endings of samples and of what other programs keep. */
const form =
  /^\.env(?:\.(?!(?:example|sample|template|dist|defaults|schema|vault|keys|me|bak|old|orig)$)(?!local$)([\w-]+))?(\.local)?$/;

/** Who reads a file later than another, so that it overrides it. */
const orders = [
  { name: "Vite", of: (mode: boolean, local: boolean) => (mode ? 2 : 0) + (local ? 1 : 0) },
  { name: "Next.js", of: (mode: boolean, local: boolean) => (local ? 2 : 0) + (mode ? 1 : 0) },
  { name: "dotenv-flow", of: (mode: boolean, local: boolean) => (mode ? 2 : 0) + (local ? 1 : 0) },
];

/**
 * That another file of the folder has the same variable, and overrides this one.
 *
 * @see https://vite.dev/guide/env-and-mode#env-files
 * @see https://nextjs.org/docs/app/guides/environment-variables#environment-variable-load-order
 * @see https://github.com/kerimdzhanov/dotenv-flow#variables-overwritingpriority
 */
export async function overrideNote(path: string, key: string): Promise<string | undefined> {
  const [, ownMode, ownLocal] = form.exec(basename(path)) ?? [];
  if (!form.test(basename(path))) return undefined;
  const notes: string[] = [];
  for (const name of (await readdir(dirname(path)).catch(() => [])).sort()) {
    const [, mode, local] = form.exec(name) ?? [];
    if (!form.test(name) || (ownMode !== undefined && mode !== undefined && mode !== ownMode)) continue;
    const later = orders.filter(
      ({ of }) => of(mode !== undefined, local !== undefined) > of(ownMode !== undefined, ownLocal !== undefined),
    );
    if (later.length === 0 || !(await sets(join(dirname(path), name), key))) continue;
    notes.push(
      `${join(dirname(path), name)} has ${key} too, and overrides it in ${later.map((one) => one.name).join(", ")}`,
    );
  }
  return notes.join("; ") || undefined;
}

async function sets(path: string, key: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  return structureOf(text).assignments.some((one) => one.key === key);
}
