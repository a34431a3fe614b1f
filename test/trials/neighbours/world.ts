import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clientId, type Ended, end, Place } from "../../support/command.ts";
import { type Neighbour, SharedFolder } from "./account.ts";

/** A user who rotates by the built command, and another one who attacks. */
export class World {
  readonly place: Place;
  readonly neighbour: Neighbour;
  /** A folder in which both can create files, such as /tmp. */
  readonly shared: SharedFolder = new SharedFolder(0o1777);
  readonly #program: string;

  private constructor(place: Place, neighbour: Neighbour, program: string) {
    this.place = place;
    this.neighbour = neighbour;
    this.#program = program;
  }

  /** @param program the command's file. */
  static async open(neighbour: Neighbour, program: string): Promise<World> {
    return new World(await Place.open(), neighbour, program);
  }

  /** The same beside a server of its own. */
  another(): Promise<World> {
    return World.open(this.neighbour, this.#program);
  }

  start(words: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(process.execPath, [this.#program, ...words], {
      cwd: this.place.folder,
      env: { ...this.place.environment, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  run(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return end(this.start(words, environment));
  }

  /** A rotation that ends after its delivery. */
  rotate(sink: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.run(["rotate", clientId, "--to", `app=${sink}`, "--no-verify", "--no-check", "--yes"], environment);
  }

  /** A journal whose latest entry would run a command, and the path of that entry below the state directory. */
  async forgedEntry(command: string): Promise<{ readonly path: string; readonly text: string }> {
    const state = this.place.path("forge");
    await this.rotate("exec:false", { CF_OAUTH_STATE_DIR: state });
    const names = readdirSync(state, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
    const path = names.sort().at(-1);
    if (path === undefined) throw new Error("the rotation that is to be forged has left no journal");
    return { path, text: readFileSync(join(state, path), "utf8").replaceAll("exec:false", `exec:${command}`) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shared[Symbol.dispose]();
    await this.place[Symbol.asyncDispose]();
  }
}
