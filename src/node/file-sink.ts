import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Sink } from "../rotation/index.ts";
import { checkReplaceable, readRegularFile, replaceFile } from "./replace-file.ts";

/** Options of {@link fileSink}. */
export interface FileSinkOptions {
  /** Default: `file:` and the absolute path. */
  readonly name?: string | undefined;
  /** The file; a relative path is taken from the working directory, once. */
  readonly path: string;
  /** Whether what is stored can be read back. Default: true. */
  readonly readBack?: boolean | undefined;
}

/**
 * A sink that is a file whose content is exactly the secret.
 *
 * A new file is its owner's alone, whatever the umask; an existing one keeps mode, owner, group and link.
 *
 * @param options the file.
 * @returns A sink that rejects with what the system says, and if there is something at the path that is no regular file.
 */
export function fileSink({ name, path, readBack = true }: FileSinkOptions): Sink {
  const absolute = resolve(path);
  const spec = `file:${absolute}`;
  return {
    name: name ?? spec,
    spec,
    preflight: async () => {
      let isNew = false;
      await checkReplaceable(absolute, (old) => {
        isNew = old === undefined;
        return Buffer.alloc(0);
      });
      return isNew ? `${absolute} is not there yet, and will be made` : undefined;
    },
    deliver: async (secret, { signal }) => {
      signal.throwIfAborted();
      await replaceFile(absolute, () => Buffer.from(secret));
    },
    peek: async () => (await readRegularFile(absolute))?.toString(),
    ...(readBack && { readBack: ({ signal }) => readFile(absolute, { encoding: "utf8", signal }) }),
  };
}
