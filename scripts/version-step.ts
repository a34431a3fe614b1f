// For grouping, which the scripts' Node has, but not the oldest that the product runs on.
/// <reference lib="es2024.object" />
/**
 * `npm run version-step -- <revision>`: what the description's changes since a git revision ask of `info.version`. Prints
 * Markdown: the verdict, and a draft for CHANGELOG.md. Ends with 1 if the version's step is too small; with `--overrule` it
 * says so and ends with 0.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const redocly = fileURLToPath(import.meta.resolve("@redocly/cli/bin/cli.js"));

export type Step = "major" | "minor" | "patch" | "none";

interface Change {
  /** A JSON pointer that follows references, so that it starts with the operation. */
  readonly path: string;
  readonly kind: "added" | "removed" | "modified";
  readonly typeName: string;
  readonly impact: Step;
  readonly verdicts: readonly { readonly message: string }[];
}

/** What `redocly diff` reports. */
interface Report {
  readonly infoVersions: { readonly base: string; readonly revision: string };
  readonly bump: Step;
  readonly changes: readonly Change[];
}

/** What the changes between two descriptions ask for. */
export interface VersionStep {
  readonly step: Step;
  /** Whether `info.version` makes that step, or a larger one. */
  readonly isEnough: boolean;
  /** The verdict and the draft for CHANGELOG.md. */
  readonly markdown: string;
}

/**
 * Compares two descriptions.
 *
 * @param base the path of the older one.
 * @param revision the path of the newer one.
 * @throws {Error} If one of them cannot be read.
 */
export async function versionStep(base: string, revision: string): Promise<VersionStep> {
  const config = join(root, "openapi/redocly.yaml");
  const words = ["diff", base, revision, "--config", config, "--format", "json"];
  const { status, stdout, stderr } = await run([...words, "--fail-on", "none", "--check-version"]);
  if (!stdout.startsWith("{")) throw new Error(stderr);
  const report: Report = JSON.parse(stdout);
  const isEnough = status === 0;
  return { step: report.changes.length === 0 ? "none" : report.bump, isEnough, markdown: render(report, isEnough) };
}

function run(words: readonly string[]): Promise<{ status: unknown; stdout: string; stderr: string }> {
  const options = {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [redocly, ...words], options, (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, stdout, stderr }),
    );
  });
}

const sections = { added: "Added", modified: "Changed", removed: "Removed" } as const;

function render({ infoVersions: { base, revision }, bump, changes }: Report, isEnough: boolean): string {
  if (changes.length === 0) return "The description is as it was.\n";
  const verdict = isEnough
    ? `The description's changes need a **${bump}** step of \`info.version\`, and ${base} → ${revision} makes it.`
    : `The description's changes need a **${bump}** step of \`info.version\`, and ${base} → ${revision} does not make it. Raise the version in \`openapi/openapi.yaml\`, or ask a maintainer for the label \`version-overruled\`.`;
  // What is new in `components` alone reaches nobody; where it is used, it is listed as well.
  const told = changes.filter(({ path }) => !path.startsWith("#/components/"));
  const draft = Object.entries(sections).flatMap(([kind, title]) => {
    const byPlace = Object.entries(
      Object.groupBy(
        told.filter((change) => change.kind === kind),
        placeOf,
      ),
    );
    const lines = byPlace.map(([place, here = []]) => `- \`${place}\`: ${[...new Set(here.map(whatOf))].join("; ")}`);
    return lines.length > 0 ? [`### ${title}`, lines.join("\n")] : [];
  });
  return `${[verdict, "A draft for CHANGELOG.md:", ...draft].join("\n\n")}\n`;
}

function keysOf({ path }: Change): string[] {
  const keys = path.slice(2).split("/");
  return keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The operation, or else the part of the document. */
function placeOf(change: Change): string {
  const [first = "", second, method] = keysOf(change);
  if (first !== "paths" || second === undefined) return first;
  return method === undefined ? second : `${method.toUpperCase()} ${second}`;
}

function whatOf(change: Change): string {
  const inside = keysOf(change).slice(change.path.startsWith("#/paths/") ? 3 : 1);
  const said = change.verdicts.map(({ message }) => message.replace(/\.$/, "")).join("; ");
  return `${said || `${change.typeName} ${inside.at(-1) ?? ""}`.trim()} (${change.impact})`;
}

if (import.meta.main) {
  const options = { overrule: { type: "boolean", default: false } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [revision] = positionals;
  if (revision === undefined) throw new Error("Name the git revision to compare with, such as origin/main.");
  const folder = mkdtempSync(join(tmpdir(), "version-step-"));
  try {
    const base = join(folder, "openapi.yaml");
    writeFileSync(base, execFileSync("git", ["show", `${revision}:openapi/openapi.yaml`], { cwd: root }));
    const { isEnough, markdown } = await versionStep(base, join(root, "openapi/openapi.yaml"));
    const overruled = !isEnough && values.overrule ? "\nA maintainer has overruled this.\n" : "";
    console.log(markdown + overruled);
    process.exitCode = isEnough || values.overrule ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
