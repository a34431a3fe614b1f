import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Sink } from "../rotation/index.ts";
import { getVariable, hasVariable, requireKey, setVariable, similarVariable } from "./dotenv-quoting.ts";
import { checkReplaceable, readRegularFile, replaceFile } from "./replace-file.ts";

/** Options of {@link dotenvSink}. */
export interface DotenvSinkOptions {
  /** Default: `dotenv:`, the absolute path, `#` and the key. */
  readonly name?: string | undefined;
  /** The file; a relative path is taken from the working directory, once. */
  readonly path: string;
  /** A name that a shell takes: letters, digits and `_`, with no digit first. */
  readonly key: string;
}

/**
 * A sink that is a variable in a dotenv file. All else in the file stays as it is, byte for byte.
 *
 * @param options the file and the variable.
 * @returns A sink that rejects, and leaves the file unchanged, where Node, `dotenv` and a shell would not read the same value.
 * @throws {Error} if `key` is no name of a variable.
 */
export function dotenvSink({ name, path, key }: DotenvSinkOptions): Sink {
  requireKey(key);
  const absolute = resolve(path);
  const spec = `dotenv:${absolute}#${key}`;
  const explain = (error: unknown) =>
    new Error(`${absolute}: ${error instanceof Error ? error.message : error}`, { cause: error });
  const change = (secret: string) => (old: Buffer | undefined) => {
    try {
      return Buffer.from(setVariable(decode(old ?? Buffer.alloc(0)), key, secret));
    } catch (error) {
      throw explain(error);
    }
  };
  const value = (file: Buffer) => {
    try {
      return getVariable(decode(file), key);
    } catch (error) {
      throw explain(error);
    }
  };
  return {
    name: name ?? spec,
    spec,
    preflight: async () => {
      let note: string | undefined;
      await checkReplaceable(absolute, (old) => {
        const changed = change("any-that-needs-no-quotes")(old);
        if (!old) note = `${absolute} is not there yet, and will be made`;
        else if (!hasVariable(decode(old), key)) {
          const similar = similarVariable(decode(old), key);
          if (similar !== undefined)
            throw new Error(
              `${absolute} has no ${key}, but ${similar}; if a new variable is meant, put the line ${key}= into it first`,
            );
          note = `${absolute} has no ${key} yet, which will be added`;
        }
        return changed;
      });
      return note;
    },
    deliver: async (secret, { signal }) => {
      signal.throwIfAborted();
      await replaceFile(absolute, change(secret));
    },
    readBack: async ({ signal }) => value(await readFile(absolute, { signal })),
    peek: async () => {
      const file = await readRegularFile(absolute);
      return file && hasVariable(decode(file), key) ? value(file) : undefined;
    },
  };
}

function decode(file: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    throw new Error("it is not UTF-8");
  }
}
