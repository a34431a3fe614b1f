/** What the tests of sinks that write files share: other users, file systems of their own, and what is in a folder. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, type TestContext } from "vitest";
import type { DeliveryReport, DeliveryTask } from "../sinks/sink-child.ts";

export const isRoot = process.getuid?.() === 0;
export const nobody = 65534;

const child = fileURLToPath(new URL("../sinks/sink-child.ts", import.meta.url));

/** A new folder for each test of a file. */
export function useFolder(): { readonly path: string } {
  const folder = { path: "" };
  beforeEach(async () => {
    folder.path = await mkdtemp(join(tmpdir(), "sinks-"));
  });
  afterEach(() => rm(folder.path, { recursive: true, force: true }));
  return folder;
}

/** Each file of a folder with its mode, and its content if it is short: `600 name: content`. */
export async function list(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const { mode } = await stat(path);
      return `${(mode & 0o7777).toString(8)} ${name}: ${await readFile(path, "utf8")}`;
    }),
  );
}

/** Delivers in a process of its own. */
export function deliver(task: DeliveryTask, uid?: number): DeliveryReport {
  return reportOf(
    spawnSync(process.execPath, [child, JSON.stringify(task)], {
      encoding: "utf8",
      ...(uid !== undefined && { uid, gid: uid }),
    }),
  );
}

/** {@link deliver}, as a user who does not own what root has made; skips the test where such a user can run nothing. */
export async function deliverAsNobody(
  context: TestContext,
  folder: { readonly path: string },
  task: DeliveryTask,
): Promise<DeliveryReport> {
  if (!isRoot) context.skip("only root can be another user, too");
  if (!(await mayReadByAll(child))) context.skip("this project lies where no other user may read it");
  await chmod(folder.path, (await stat(folder.path)).mode | 0o055);
  return deliver(task, nobody);
}

/**
 * Delivers where `before`, a script with a path in `$1`, has mounted something, and then runs `after`; both go away with the
 * process. Skips the test where nothing can be mounted.
 */
export function deliverMounted(
  context: TestContext,
  path: string,
  before: string,
  task: DeliveryTask,
  after: string,
): DeliveryReport & { readonly after: string } {
  const script = `set -e; p=$1; ${before}; shift; "$@"; set -- "$p"; ${after}`;
  const inside = ["sh", "-c", script, "sh", path, process.execPath, child, JSON.stringify(task)];
  const ended = spawnSync("unshare", ["--map-root-user", "--mount", ...inside], { encoding: "utf8" });
  if (ended.status !== 0) {
    const reason = `nothing can be mounted here (${(ended.error?.message ?? ended.stderr).trim()})`;
    console.log(reason);
    return context.skip(reason);
  }
  return { ...reportOf(ended), after: ended.stdout };
}

function reportOf({ status, stderr, error }: SpawnSyncReturns<string>): DeliveryReport {
  if (status !== 0) throw error ?? new Error(stderr);
  return JSON.parse(stderr);
}

async function mayReadByAll(path: string): Promise<boolean> {
  const found = await stat(path);
  const wanted = found.isDirectory() ? 0o5 : 0o4;
  return (found.mode & wanted) === wanted && (path === dirname(path) || mayReadByAll(dirname(path)));
}
