import { resolve } from "node:path";
import type { Sink } from "../rotation/index.ts";
import { getVariable, hasVariable, requireKey, setVariable, similarVariable } from "./dotenv-quoting.ts";
import { type DotenvReader, requireReader } from "./dotenv-readers.ts";
import { refuseEncrypted } from "./encrypted-file.ts";
import { readExisting, readRegularFile, rehearseReplace, replaceFile } from "./replace-file.ts";
import { joinNotes, modeNote, overrideNote } from "./sink-notes.ts";

/** Options of {@link dotenvSink}. */
export interface DotenvSinkOptions {
  /** Default: `dotenv:`, the absolute path, `#` and the key. */
  readonly name?: string | undefined;
  /** The file; a relative path is taken from the working directory, once. */
  readonly path: string;
  /** A name that a shell takes: letters, digits and `_`, with no digit first. */
  readonly key: string;
  /** Whether to write to the file itself; as `inPlace` of a file sink. */
  readonly inPlace?: boolean | undefined;
  /**
   * The one program that reads the file: `node`, `dotenv`, `next`, `shell`, `compose`, `docker` (`docker run --env-file`) or
   * `systemd`. Default: all of these but `docker` must read the same value.
   */
  readonly readBy?: DotenvReader | undefined;
}

/**
 * A sink that is a variable in a dotenv file. All else in the file stays as it is, byte for byte.
 *
 * @param options the file and the variable.
 * @returns A sink that rejects, and leaves the file unchanged, where its readers would not read the same value; if it is another user's; or
 *   if another program has encrypted it.
 * @throws {Error} if `key` is no name of a variable, or `readBy` no reader.
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
        note = old ? noteOnKey(absolute, decode(old), key) : `${absolute} is not there yet, and will be made`;
        return changed;
      };
      await rehearseReplace(absolute, look, { inPlace, signal });
      return joinNotes(note, await modeNote(absolute), await overrideNote(absolute, key));
    },
    deliver: async (secret, { signal }) => {
      signal.throwIfAborted();
      await replaceFile(absolute, change(secret), { inPlace, signal });
    },
    readBack: async ({ signal }) => value(await readExisting(absolute, signal)),
    peek: async () => {
      const file = await readRegularFile(absolute);
      return file && hasVariable(decode(file), key) ? value(file) : undefined;
    },
  };
}

/** @throws {Error} if the key may be mistyped. */
function noteOnKey(path: string, text: string, key: string): string | undefined {
  if (hasVariable(text, key)) return undefined;
  const similar = similarVariable(text, key);
  if (similar === undefined) return `${path} has no ${key} yet, which will be added`;
  throw new Error(
    `${path} has no ${key}, but ${similar}; if a new variable is meant, put the line ${key}= into it first`,
  );
}

function decode(file: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    throw new Error("it is not UTF-8");
  }
}
