import { resolve } from "node:path";
import type { Sink } from "../../rotation/index.ts";
import { refuseEncrypted } from "../files/encrypted-file.ts";
import { readExisting, readRegularFile, rehearseReplace, replaceFile } from "../files/replace-file.ts";
import { joinNotes, modeNote, willBeCreated } from "./sink-notes.ts";

/** Options of {@link fileSink}. */
export interface FileSinkOptions {
  /** Default: `file:` and the absolute path. */
  readonly name?: string | undefined;
  /** The file. A relative path is resolved now, against the working directory. */
  readonly path: string;
  /** Whether the rotation may read the secret back from the file. Default: true. */
  readonly readBack?: boolean | undefined;
  /**
   * Whether to write into the existing file instead of replacing it. Set this if the file is mounted into a container, which
   * would keep showing the old file. Default: false; a file that has hard links, is a mount point, or cannot be replaced is
   * written in place anyway.
   */
  readonly inPlace?: boolean | undefined;
}

/**
 * Creates a sink that stores the secret, and nothing else, in a file.
 *
 * A new file has mode 0600, whatever the umask. An existing file keeps its mode, owner and group, and a link stays a link.
 *
 * @param options the file.
 * @returns The sink. Its methods reject with the system's errors, and if the path is not a regular file, belongs to another
 *   user, or is encrypted.
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
      return joinNotes(isNew ? willBeCreated(absolute) : undefined, await modeNote(absolute));
    },
    deliver: (secret, { signal }) => replaceFile(absolute, change(Buffer.from(secret)), { inPlace, signal }),
    peek: async () => (await readRegularFile(absolute))?.toString(),
    ...(readBack && {
      readBack: async ({ signal }: { readonly signal: AbortSignal }) =>
        (await readExisting(absolute, signal)).toString(),
    }),
  };
}
