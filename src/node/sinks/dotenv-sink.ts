import { resolve } from "node:path";
import type { Sink } from "../../rotation/index.ts";
import { getVariable, hasVariable, requireKey, setVariable, similarVariable } from "../dotenv/dotenv-quoting.ts";
import { type DotenvReader, requireReader } from "../dotenv/dotenv-readers.ts";
import { refuseEncrypted } from "../files/encrypted-file.ts";
import { readExisting, readRegularFile, rehearseReplace, replaceFile } from "../files/replace-file.ts";
import { joinNotes, modeNote, overrideNote, willBeCreated } from "./sink-notes.ts";

/** Options of {@link dotenvSink}. */
export interface DotenvSinkOptions {
  /** Default: `dotenv:`, the absolute path, `#` and the key. */
  readonly name?: string | undefined;
  /** The file. A relative path is resolved now, against the working directory. */
  readonly path: string;
  /** The variable: letters, digits and `_`, not starting with a digit. */
  readonly key: string;
  /** Whether to write into the existing file instead of replacing it, as `inPlace` of a file sink. */
  readonly inPlace?: boolean | undefined;
  /**
   * The program that reads the file: `node`, `dotenv`, `next`, `shell`, `compose`, `docker` (`docker run --env-file`) or
   * `systemd`. Default: any of them except `docker`, so all of these must read the same value.
   */
  readonly readBy?: DotenvReader | undefined;
}

/**
 * Creates a sink that sets a variable in a dotenv file. Every other byte of the file stays unchanged.
 *
 * @param options the file and the variable.
 * @returns The sink. Its methods reject, and leave the file unchanged, if the programs that read the file would read different
 *   values, if another user owns the file, or if it is encrypted.
 * @throws {Error} if `key` is not a valid name of a variable, or `readBy` is unknown.
 */
export function dotenvSink({ name, path, key, inPlace, readBy }: DotenvSinkOptions): Sink {
  requireKey(key);
  if (readBy !== undefined) requireReader(readBy);
  const absolute = resolve(path);
  const spec = `dotenv:${absolute}#${key}`;
  const explain = (error: unknown) =>
    new Error(`${absolute}: ${error instanceof Error ? error.message : error}`, { cause: error });
  const change = (secret: string) => (old: Buffer | undefined) => {
    refuseEncrypted(absolute, old);
    try {
      return Buffer.from(setVariable(decode(old ?? Buffer.alloc(0)), key, secret, readBy));
    } catch (error) {
      throw explain(error);
    }
  };
  const value = (file: Buffer) => {
    try {
      return getVariable(decode(file), key, readBy);
    } catch (error) {
      throw explain(error);
    }
  };
  return {
    name: name ?? spec,
    spec,
    preflight: async ({ signal }) => {
      let note: string | undefined;
      const look = (old: Buffer | undefined) => {
        const changed = change("any-that-needs-no-quotes")(old);
        note = old ? noteOnKey(absolute, decode(old), key) : willBeCreated(absolute);
        return changed;
      };
      await rehearseReplace(absolute, look, { inPlace, signal });
      return joinNotes(note, await modeNote(absolute), await overrideNote(absolute, key));
    },
    deliver: (secret, { signal }) => replaceFile(absolute, change(secret), { inPlace, signal }),
    readBack: async ({ signal }) => value(await readExisting(absolute, signal)),
    peek: async () => {
      const file = await readRegularFile(absolute);
      return file && hasVariable(decode(file), key) ? value(file) : undefined;
    },
  };
}

/**
 * Warns if the variable is new.
 *
 * @throws {Error} if its name may be mistyped.
 */
function noteOnKey(path: string, text: string, key: string): string | undefined {
  if (hasVariable(text, key)) return undefined;
  const similar = similarVariable(text, key);
  if (similar === undefined)
    return `${path} has no ${key} yet. The line will be added. Make sure that your service reads it`;
  throw new Error(
    `${path} has ${similar}, but no ${key}. Nothing was changed. If you mean a new variable, add the line ${key}= to the file first`,
  );
}

function decode(file: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    throw new Error("the file is not UTF-8. Nothing was changed. Convert it to UTF-8");
  }
}
