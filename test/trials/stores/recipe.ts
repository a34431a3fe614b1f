/** Tries a recipe by the product's own sink: what arrives, what comes back, and how it fails. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Recipe } from "../../../src/cli/commands/recipes.ts";
import { execSink } from "../../../src/node/index.ts";
import { path } from "./install.ts";
import type { Setup } from "./setups.ts";

/** What was seen of a recipe. */
export interface Seen {
  /** Of the secrets, those that did not arrive byte for byte. */
  readonly changed: readonly string[];
  /** What the read-back prints after the secret; undefined: there is none. */
  readonly lineEnd: string | undefined;
  /** The failures that ended with another status than 0. */
  readonly failures: readonly string[];
  readonly faults: readonly string[];
  readonly summary: string;
}

/** Secrets by what is awkward about them. */
export const secrets: Readonly<Record<string, string>> = {
  "a plain one": "cf-3f1c9d0e8b7a6f5e4d3c2b1a09f8e7d6",
  "spaces at the end": "  spaces at both ends ",
  "signs of shells, templates and formats, a dash first":
    "-$HOME $(id) `id` \\n\\ \"a\" 'b' %s%0A%% &;|<>#{}!*?[]{{.x}}~^=,+@",
  "like a file's name": "@file:///etc/hostname",
  "like a number": "007e1",
  "200 characters": "Zx9_-".repeat(40),
};

/** Spaces at the end are lost by programs that trim what they read. */
const trimmed = "spaces at the end";

/** What a shell is told before the recipe, since recipes of several stores run at once in this process. */
export function settings(environment: Readonly<Record<string, string>>, folder: string): string {
  const all = {
    PATH: `${folder}/bin:${path}`,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_CACHE_HOME: folder,
    ...environment,
  };
  const quoted = Object.entries(all).map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'`);
  return `cd '${folder}'; export ${quoted.join(" ")}\n`;
}

export async function tryRecipe(recipe: Recipe, setup: Setup, folder: string): Promise<Seen> {
  const faults: string[] = [];
  const [changed, failures]: [string[], string[]] = [[], []];
  let lineEnd: string | undefined;
  for (const [what, secret] of Object.entries(secrets)) {
    const sink = makeSink(recipe, setup.environment ?? {}, folder);
    const watch = watchProcesses(secret);
    const error = await sink.deliver(secret);
    const wasSeen = watch.end();
    if (wasSeen.length > 0 && what !== "like a number")
      faults.push(`${what}: an argument or environment showed it: ${wasSeen}`);
    if (error) faults.push(`${what}: ${error}`);
    const stored = setup.stored()?.toString();
    if (stored !== secret) changed.push(what);
    if (stored !== secret && !(what === trimmed && stored === secret.trimEnd()))
      faults.push(`${what}: stored ${JSON.stringify(stored)}`);
    if (recipe.readBack === undefined) continue;
    const printed = await printedBy(recipe.readBack, setup.environment ?? {}, folder);
    const end = stored !== undefined && printed.startsWith(stored) ? printed.slice(stored.length) : `? ${printed}`;
    if (lineEnd !== undefined && lineEnd !== end) faults.push(`${what}: prints ${JSON.stringify(printed)}`);
    lineEnd ??= end;
    const read = await sink.readBack?.().catch((error: Error) => error);
    if (read !== stored) faults.push(`${what}: read back as ${read}`);
  }
  for (const [what, begin] of Object.entries(setup.failures)) {
    const { environment, undo } = begin();
    const sink = makeSink(recipe, { ...setup.environment, ...environment }, folder);
    const error = await sink.deliver("a secret that is refused");
    undo?.();
    if (error?.includes("ended with status") || error?.includes("did not end within")) failures.push(what);
    else faults.push(`${what}: ${error ?? "exit 0"}`);
  }
  const summary = `${Object.keys(secrets).length - changed.length} exact${changed.length > 0 ? ` (not: ${changed})` : ""}, read-back ${JSON.stringify(lineEnd)}, fails: ${failures}; ${faults.length} faults`;
  return { changed, lineEnd, failures, faults, summary };
}

interface TriedSink {
  /** @returns what went wrong, if anything did. */
  deliver(secret: string): Promise<string | undefined>;
  readBack: (() => Promise<string | undefined>) | undefined;
}

/** The product's sink; what it shows must not have the secret. */
function makeSink(
  { sink: name, deliver, readBack }: Recipe,
  environment: Readonly<Record<string, string>>,
  folder: string,
): TriedSink {
  let shown = "";
  const before = settings(environment, folder);
  const sink = execSink({
    name,
    command: before + deliver,
    ...(readBack !== undefined && { readBack: before + readBack }),
    timeout: 90_000,
    onOutput: (text) => {
      shown += text;
    },
  });
  const { signal } = new AbortController();
  return {
    async deliver(secret) {
      try {
        await sink.deliver(secret, { signal });
        return shown.includes(secret) ? "the output shows the secret" : undefined;
      } catch (error) {
        return `${error instanceof Error ? error.message : error}: ${shown.slice(-600)}`;
      }
    },
    readBack: sink.readBack && (async () => (await sink.readBack?.({ signal })) ?? undefined),
  };
}

/** What a read-back prints, to the byte. */
function printedBy(command: string, environment: Readonly<Record<string, string>>, folder: string): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile("bash", ["--norc", "-c", settings(environment, folder) + command], (_, stdout) =>
      resolve(stdout),
    );
    child.stdin?.end();
  });
}

/** Looks at the arguments and environments of all processes, again and again. */
function watchProcesses(secret: string): { end(): string } {
  let found = "";
  const own = String(process.pid);
  const timer = setInterval(() => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== own))
      for (const file of ["cmdline", "environ"])
        try {
          const text = readFileSync(`/proc/${pid}/${file}`, "utf8");
          if (text.includes(secret)) found ||= `${file} ${text.slice(0, 80)}`;
        } catch {}
  }, 50);
  return {
    end() {
      clearInterval(timer);
      return found;
    },
  };
}
