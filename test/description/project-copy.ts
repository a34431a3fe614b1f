import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { project } from "./description.ts";
import { type Finished, plainEnvironment, runNode } from "./run-node.ts";

/** A copy of what `scripts/generate.ts` reads and writes; it finds its packages through a link. */
export class ProjectCopy {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make({ onTestFinished }: TestContext): Promise<ProjectCopy> {
    const folder = await mkdtemp(join(tmpdir(), "generate-test-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const name of ["openapi", "generated", "scripts/generate.ts", "scripts/operation-table.ts", "package.json"])
      await cp(join(project, name), join(folder, name), { recursive: true });
    await symlink(join(project, "node_modules"), join(folder, "node_modules"), "junction");
    return new ProjectCopy(folder);
  }

  generate(...args: string[]): Promise<Finished> {
    return runNode("scripts/generate.ts", args, this.#folder);
  }

  watch({ onTestFinished }: TestContext): ChildProcessWithoutNullStreams {
    const options = { cwd: this.#folder, env: plainEnvironment };
    const child = spawn(process.execPath, ["scripts/generate.ts", "--watch"], options);
    onTestFinished(async () => {
      const closed = once(child, "close");
      child.kill();
      await closed;
    });
    return child;
  }

  describe(text: string): Promise<void> {
    return writeFile(join(this.#folder, "openapi/openapi.yaml"), text);
  }

  empty(): Promise<void> {
    return rm(join(this.#folder, "generated"), { recursive: true });
  }

  /** The files of `generated/` and their bytes, whatever their names. */
  async generated(): Promise<Record<string, string>> {
    const folder = join(this.#folder, "generated");
    const names = (await readdir(folder)).sort();
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "latin1")])),
    );
  }
}
