/** Looks at each call that changes anything in a file system, before it is made. */
import type fs from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";

type Calls = Pick<typeof fs, "open" | "rename" | "rm">;

const ofHandle = ["write", "writeFile", "truncate", "sync", "chmod", "chown"] as const;

/**
 * The calls, each of which is not made if `before` throws.
 *
 * @param before takes the call and what it is about: the file's name, or the kind of a temporary file.
 */
export function intercept({ open, rename, rm }: Calls, before: (call: string) => void): Calls {
  const intercepted = (handle: FileHandle, name: string): FileHandle => {
    for (const call of ofHandle) {
      const original = handle[call].bind(handle) as (...given: unknown[]) => unknown;
      Object.assign(handle, {
        [call]: async (...given: unknown[]) => {
          before(`${call} ${name}`);
          return original(...given);
        },
      });
    }
    return handle;
  };
  return {
    rename: async (from, to) => {
      before(`rename ${short(from)} ${short(to)}`);
      await rename(from, to);
    },
    rm: async (path, options) => {
      before(`rm ${short(path)}`);
      await rm(path, options);
    },
    open: async (path, flags, mode) => {
      if (flags === "wx") before(`make ${short(path)}`);
      return intercepted(await open(path, flags, mode), short(path));
    },
  };
}

/** Of a temporary file its kind, as the rest of its name is random. */
function short(path: unknown): string {
  return basename(String(path)).replace(
    /^\.cf-oauth-(turn-.*|.*(\.tmp|\.kept))$/,
    (_, all, end) => end ?? all.slice(0, 4),
  );
}
