import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { structureOf } from "../dotenv/dotenv-lines.ts";

/** Joins the warnings about a file that gets a secret. Returns undefined without warnings. */
export function joinNotes(...notes: readonly (string | undefined)[]): string | undefined {
  return notes.filter((one) => one !== undefined).join(". ") || undefined;
}

export function willBeCreated(path: string): string {
  return `${path} does not exist yet and will be created. Make sure that your service reads it`;
}

/** Warns if other users can read a file, since a delivery keeps its mode. */
export async function modeNote(path: string): Promise<string | undefined> {
  // Windows has no such modes.
  if (process.platform === "win32") return undefined;
  const mode = await stat(path).then(
    ({ mode }) => mode & 0o777,
    () => 0,
  );
  if ((mode & 0o044) === 0) return undefined;
  const who = (mode & 0o004) !== 0 ? "Every user of this machine" : "The file's group";
  return `${who} can read ${path} (mode 0${mode.toString(8)}). If only its owner should, run \`chmod ${(mode & 0o700).toString(8)} ${path}\``;
}

/** `.env`, `.env.<mode>`, `.env.local` and `.env.<mode>.local`, but neither samples nor backups and keys of other programs. */
const form =
  /^\.env(?:\.(?!(?:example|sample|template|dist|defaults|schema|vault|keys|me|bak|old|orig)$)(?!local$)([\w-]+))?(\.local)?$/;

/** A file's mode, such as `production`, and whether it is a `.local` one. */
interface EnvFile {
  readonly mode: string | undefined;
  readonly isLocal: boolean;
}

const byMode = ({ mode, isLocal }: EnvFile) => (mode === undefined ? 0 : 2) + (isLocal ? 1 : 0);
const byLocal = ({ mode, isLocal }: EnvFile) => (isLocal ? 2 : 0) + (mode === undefined ? 0 : 1);

/** The programs that read several files of a folder: the one of the highest rank wins. */
const programs: readonly {
  readonly name: string;
  readonly rank: (file: EnvFile) => number;
  readonly modes?: readonly string[];
  readonly skipsLocalInTest?: true;
}[] = [
  { name: "Vite", rank: byMode },
  { name: "Next.js", rank: byLocal, modes: ["development", "production", "test"], skipsLocalInTest: true },
  // With NODE_ENV=test it does not read `.env.local` either, which `.env.test` would override anyway.
  { name: "dotenv-flow", rank: byMode },
];

/**
 * Warns if another file of the folder sets the same variable, and a program prefers that file.
 *
 * @see https://vite.dev/guide/env-and-mode#env-files
 * @see https://nextjs.org/docs/app/guides/environment-variables#environment-variable-load-order
 * @see https://github.com/kerimdzhanov/dotenv-flow#variables-overwritingpriority
 */
export async function overrideNote(path: string, key: string): Promise<string | undefined> {
  const own = envFile(basename(path));
  if (!own) return undefined;
  const notes: string[] = [];
  for (const name of (await readdir(dirname(path)).catch(() => [])).sort()) {
    const other = envFile(name);
    const preferring = other ? programs.filter((one) => prefers(one, other, own)) : [];
    const file = join(dirname(path), name);
    if (preferring.length === 0 || !(await sets(file, key))) continue;
    notes.push(
      `${file} also sets ${key}, and overrides ${path} in ${preferring.map((one) => one.name).join(", ")}. Deliver to that file, or remove the variable from it`,
    );
  }
  return joinNotes(...notes);
}

function envFile(name: string): EnvFile | undefined {
  const found = form.exec(name);
  return found ? { mode: found[1], isLocal: found[2] !== undefined } : undefined;
}

function prefers(program: (typeof programs)[number], other: EnvFile, own: EnvFile): boolean {
  const modes = [own.mode, other.mode].filter((one) => one !== undefined);
  if (new Set(modes).size > 1) return false;
  if (program.modes && modes.some((one) => !program.modes?.includes(one))) return false;
  // With NODE_ENV=test, `.env.local` is not read, so it overrides nothing.
  if (program.skipsLocalInTest && modes[0] === "test" && other.mode === undefined && other.isLocal) return false;
  return program.rank(other) > program.rank(own);
}

async function sets(path: string, key: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  return structureOf(text).assignments.some((one) => one.key === key);
}
