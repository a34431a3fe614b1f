import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { SandboxOptions } from "../../src/sandbox/index.ts";
import { clientId, type Ended, end, faster, Place, program } from "../support/command.ts";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** A shell that readers paste commands into. */
export type Shell = "bash" | "zsh";

/** How a shell reads what is pasted into it, and stops at the first command that fails. */
const shells: Readonly<Record<Shell, readonly string[]>> = {
  bash: ["--norc", "-eus"],
  // As at a prompt, where a comment is an argument and an exclamation mark means history.
  zsh: ["-f", "-i", "-s", "-e", "-u", "+o", "prompt_sp"],
};

/** A file of the project. */
export function file(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** A folder in which the package is installed as it was built, with an account to try commands and programs on. */
export class Folder implements AsyncDisposable {
  readonly place: Place;
  readonly #shell: Shell;

  private constructor(place: Place, shell: Shell) {
    this.place = place;
    this.#shell = shell;
  }

  static async make(shell: Shell): Promise<Folder> {
    const folder = new Folder(await Place.open(), shell);
    mkdirSync(folder.path("node_modules"));
    folder.write("package.json", '{ "type": "module" }');
    for (const [name, target] of [
      ["cloudflare-oauth-clients", root],
      ["@types", join(root, "node_modules/@types")],
      ["undici", join(root, "node_modules/undici")],
    ] as const)
      symlinkSync(target, folder.path(`node_modules/${name}`), "junction");
    const cfOauth = `exec '${process.execPath}' '${program}' "$@"`;
    folder.addProgram("cf-oauth", cfOauth);
    folder.addProgram("cloudflare-oauth-clients", cfOauth);
    // What is in `bin`, and nothing that would have to be downloaded.
    folder.addProgram("npx", `[ -x '${folder.path("bin")}'/"$1" ] || exit 9\nexec "$@"`);
    // The package is there already; the trial `package` installs it as it is published.
    folder.addProgram(
      "npm",
      'case "$*" in "install cloudflare-oauth-clients"|"install --save-dev cloudflare-oauth-clients") ;; *) exit 1;; esac',
    );
    return folder;
  }

  path(name: string): string {
    return this.place.path(name);
  }

  write(name: string, text: string, mode = 0o600): void {
    writeFileSync(this.path(name), text, { mode });
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** Puts a program before those of the system: a script for sh. */
  addProgram(name: string, script: string): void {
    mkdirSync(this.path("bin"), { recursive: true });
    this.write(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o700);
  }

  /**
   * Pastes lines into the shell, with what a reader would fill in filled in: `<client-id>`, `NAME=…` and `NAME='your …'`
   * (or `'an …'`, `'a …'`, `'the …'`). `CLIENT_ID` is set.
   *
   * @param values for what the account does not give.
   */
  async shell(
    lines: string,
    environment: Readonly<Record<string, string>> = {},
    values: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    const { PATH = "", ...known } = this.place.environment;
    const filled = fillIn(lines, { ...known, CLIENT_ID: clientId, ...values });
    const env = {
      ...known,
      ...faster,
      CLIENT_ID: clientId,
      PS1: "",
      PS2: "",
      PATH: `${this.path("bin")}${delimiter}${PATH}`,
      ...environment,
    };
    const child = spawn(this.#shell, shells[this.#shell], { cwd: this.place.folder, env, stdio: "pipe" });
    child.stdin.on("error", () => undefined).end(filled);
    const ended = await end(child);
    expect(ended.stderr).not.toMatch(/^(?:bash|zsh): /m);
    return ended;
  }

  /** Runs a program with a sandbox in the place of Cloudflare; gives what it printed, and what became of the account. */
  async program(
    code: string,
    options: SandboxOptions = {},
  ): Promise<{ printed: string; apiToken: string; secrets: string[][]; changes: string[] }> {
    const account = file("test/guides/account.mjs");
    this.write("account.mjs", account.replace("createSandbox()", `createSandbox(${JSON.stringify(options)})`));
    const lines = (await this.run(code, "--import", "./account.mjs")).trimEnd().split("\n");
    return { ...JSON.parse(lines.at(-1) ?? ""), printed: lines.slice(0, -1).join("\n") };
  }

  /** Runs a program; gives what it prints. */
  async run(code: string, ...options: string[]): Promise<string> {
    this.write("program.ts", code);
    const { PATH = "", NODE_OPTIONS = "", FASTER_ORIGIN = "" } = { ...process.env, ...faster };
    const env = { PATH, NODE_OPTIONS, FASTER_ORIGIN };
    const ended = await end(spawn(process.execPath, [...options, "program.ts"], { cwd: this.place.folder, env }));
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    return ended.stdout;
  }

  /** Checks the types of programs, all at once; gives what the compiler says. */
  async typeErrors(programs: readonly string[]): Promise<string> {
    const files = programs.map((code, index) => {
      this.write(`program-${index}.ts`, code);
      return `program-${index}.ts`;
    });
    const tsc = [join(root, "node_modules/typescript-7/bin/tsc"), "--noEmit", "--strict", "--module", "nodenext"];
    const words = [...tsc, "--types", "node", ...files];
    return (await end(spawn(process.execPath, words, { cwd: this.place.folder }))).stdout;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.place[Symbol.asyncDispose]();
  }
}

function fillIn(lines: string, values: Readonly<Record<string, string>>): string {
  return lines
    .replaceAll("<client-id>", clientId)
    .replaceAll(/\b(\w+)=(?:…|'(?:your|an?|the) [^']*')/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`Nothing is known to fill in for ${name}.`);
      return `${name}='${value}'`;
    });
}
