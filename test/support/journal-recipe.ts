import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { journalRecipes, type Store } from "../../src/cli/commands/journal-recipes.ts";
import type { Call, Faults } from "./journal-stand-ins/stand-in.ts";

/** Those whose programs are stand-ins here; the others have a real server. */
export const stores: readonly Store[] = ["s3", "r2", "parameter-store", "vault"];

/** With it, types need not be stripped again each time, which halves the time of a stand-in. */
export const compileCache: string = join(tmpdir(), "journal-recipe-cache");

/** A recipe in a folder of its own, beside stand-ins of the programs that it calls, unless it is given a real server. */
export class Recipe {
  readonly folder: string = mkdtempSync(join(tmpdir(), "journal-recipe-"));
  readonly #environment: Readonly<Record<string, string>>;

  /** @param environment how the recipe reaches its server. */
  constructor(store: Store, environment: Readonly<Record<string, string>> = {}) {
    this.#environment = environment;
    mkdirSync(join(this.folder, "bin"));
    this.#write("journal.sh", journalRecipes[store]);
    for (const program of ["aws", "vault"]) {
      const standIn = fileURLToPath(new URL(`journal-stand-ins/${program}.ts`, import.meta.url));
      const node = `'${process.execPath}' --disable-warning=ExperimentalWarning '${standIn}'`;
      this.#write(
        `bin/${program}`,
        `#!/bin/sh\nNODE_OPTIONS= NODE_COMPILE_CACHE='${compileCache}' exec ${node} "$@"\n`,
      );
    }
  }

  /** The shell's line that runs it. */
  command(
    settings: { readonly faults?: Faults; readonly environment?: Readonly<Record<string, string>> } = {},
  ): string {
    const environment = {
      STAND_IN_FOLDER: this.folder,
      JOURNAL_BUCKET: "journal-bucket",
      JOURNAL_ENDPOINT: "https://account.r2.cloudflarestorage.com",
      ...(settings.faults && { STAND_IN_FAULTS: JSON.stringify(settings.faults) }),
      ...this.#environment,
      ...settings.environment,
    };
    const words = Object.entries(environment).map(([name, value]) => `${name}='${value}'`);
    return `PATH='${this.folder}/bin':"$PATH" ${words.join(" ")} '${join(this.folder, "journal.sh")}'`;
  }

  /** How the stand-ins were called, in order. */
  get calls(): Call[] {
    const lines = readFileSync(join(this.folder, "calls"), "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line));
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
    chmodSync(join(this.folder, name), 0o700);
  }
}
