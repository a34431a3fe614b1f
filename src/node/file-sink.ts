import { resolve } from "node:path";
import type { Sink } from "../rotation/index.ts";
import { refuseEncrypted } from "./encrypted-file.ts";
import { readExisting, readRegularFile, rehearseReplace, replaceFile } from "./replace-file.ts";
import { joinNotes, modeNote } from "./sink-notes.ts";

/** Options of {@link fileSink}. */
export interface FileSinkOptions {
  /** Default: `file:` and the absolute path. */
  readonly name?: string | undefined;
  /** The file; a relative path is taken from the working directory, once. */
  readonly path: string;
  /** Whether what is stored can be read back. Default: true. */
  readonly readBack?: boolean | undefined;
  /**
   * Whether to write to the file itself, where something shows that one file alone: a container into which it is mounted.
   * Default: only where it shows that it has several names or a mount, or cannot be replaced.
   */
  readonly inPlace?: boolean | undefined;
}

/**
 * A sink that is a file whose content is exactly the secret.
 *
 * A new file is its owner's alone, whatever the umask; an existing one keeps mode, owner, group and link.
 *
 * @param options the file.
 * @returns A sink that rejects with what the system says, and if at the path there is something that is no regular file, is another user's,
 *   or is encrypted.
 */
export function fileSink({ name, path, readBack = true, inPlace }: FileSinkOptions): Sink {
  const absolute = resolve(path);
  const spec = `file:${absolute}`;
  const change = (content: Buffer) => (old: Buffer | undefined) => {
    refuseEncrypted(absolute, old);
    return content;
  };
  return {
    name: name ?? spec,
    spec,
    preflight: async ({ signal }) => {
      let isNew = false;
      const look = (old: Buffer | undefined) => {
        isNew = old === undefined;
        return change(Buffer.alloc(0))(old);
      };
      await rehearseReplace(absolute, look, { inPlace, signal });
      return joinNotes(isNew ? `${absolute} is not there yet, and will be made` : undefined, await modeNote(absolute));
    },
    deliver: async (secret, { signal }) => {
      signal.throwIfAborted();
      await replaceFile(absolute, change(Buffer.from(secret)), { inPlace, signal });
    },
    peek: async () => (await readRegularFile(absolute))?.toString(),
    ...(readBack && {
      readBack: async ({ signal }: { readonly signal: AbortSignal }) =>
        (await readExisting(absolute, signal)).toString(),
    }),
  };
}
