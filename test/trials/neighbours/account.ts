import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Another user of this machine, with an account of their own, which goes with it. */
export class Neighbour {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;

  private constructor(name: string) {
    this.name = name;
    this.uid = Number(output("id", ["-u", name]));
    this.gid = Number(output("id", ["-g", name]));
  }

  /** @throws {Error} if the account cannot be created. */
  static open(): Neighbour {
    const name = `neighbour-${process.pid}`;
    output("useradd", ["--no-create-home", "--user-group", "--shell", "/bin/sh", name]);
    return new Neighbour(name);
  }

  /** Starts a program as this user. */
  start(program: string, args: readonly string[]): ChildProcess {
    return spawn(program, args, {
      ...{ uid: this.uid, gid: this.gid, cwd: "/", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } },
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  /** Runs a script of sh as this user, to its end. @throws {Error} if it fails. */
  run(script: string, ...args: readonly string[]): string {
    return output("sh", ["-euc", script, "sh", ...args], { uid: this.uid, gid: this.gid });
  }

  /** Does something while a program of this user runs. */
  async during<T>(program: string, args: readonly string[], work: () => Promise<T>): Promise<T> {
    const child = this.start(program, args);
    const exited = once(child, "exit");
    try {
      // It says so when it is at work.
      await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data"), exited]);
      if (child.exitCode !== null) throw new Error(`${program} of ${this.name} ended with ${child.exitCode}`);
      const result = await work();
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${program} of ${this.name} ended too early`);
      return result;
    } finally {
      child.kill("SIGKILL");
      await exited;
    }
  }

  [Symbol.dispose](): void {
    spawnSync("userdel", [this.name], { stdio: "ignore" });
  }
}

/** A folder in which every user can create files, such as /tmp, or in which they can move others' files, too. */
export class SharedFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), "neighbours-"));

  constructor(mode: 0o1777 | 0o777) {
    chmodSync(this.path, mode);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function output(program: string, args: readonly string[], user: { uid?: number; gid?: number } = {}): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", cwd: "/", ...user });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout.trim();
}
