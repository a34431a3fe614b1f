import { type ChildProcessWithoutNullStreams, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import type { TestContext } from "vitest";
import { type Finished, plainEnvironment, runNode } from "../support/run-node.ts";
import { project } from "./description.ts";

/** What `scripts/generate.ts` reads and writes. */
const generation = [
  "openapi",
  "generated",
  "scripts/generate.ts",
  "scripts/operation-table.ts",
  "scripts/code-samples.ts",
  "package.json",
];

/** Of the project, what the type check and the tests read, too. */
export const everything = [
  "openapi",
  "generated",
  "scripts",
  "src",
  "test",
  "package.json",
  "tsconfig.json",
  "README.md",
];

/** A copy of the project, or of that part that generation needs; it finds its packages through a link. */
export class ProjectCopy {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make({ onTestFinished }: TestContext, names = generation): Promise<ProjectCopy> {
    const folder = await mkdtemp(join(tmpdir(), "generate-test-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const filter = (path: string) => basename(path) !== "node_modules";
    for (const name of names) await cp(join(project, name), join(folder, name), { recursive: true, filter });
    await symlink(join(project, "node_modules"), join(folder, "node_modules"), "junction");
    return new ProjectCopy(folder);
  }

  generate(...args: string[]): Promise<Finished> {
    return this.run("scripts/generate.ts", ...args);
  }

  run(script: string, ...args: string[]): Promise<Finished> {
    return runNode(script, args, this.folder);
  }

  /** Applies a patch, or what it has for the files that the patterns of `git apply` choose. */
  async patch(file: string, ...choice: string[]): Promise<void> {
    await promisify(execFile)("git", ["apply", ...choice, file], { cwd: this.folder });
  }

  git(...words: string[]): string {
    return execFileSync("git", words, { cwd: this.folder, encoding: "utf8" });
  }

  watch({ onTestFinished }: TestContext): ChildProcessWithoutNullStreams {
    const options = { cwd: this.folder, env: plainEnvironment };
    const child = spawn(process.execPath, ["scripts/generate.ts", "--watch"], options);
    onTestFinished(async () => {
      const closed = once(child, "close");
      child.kill();
      await closed;
    });
    return child;
  }

  describe(text: string): Promise<void> {
    return writeFile(join(this.folder, "openapi/openapi.yaml"), text);
  }

  empty(): Promise<void> {
    return rm(join(this.folder, "generated"), { recursive: true });
  }

  /** The files of `generated/` and their bytes, whatever their names. */
  async generated(): Promise<Record<string, string>> {
    const folder = join(this.folder, "generated");
    const names = (await readdir(folder)).sort();
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "latin1")])),
    );
  }
}
