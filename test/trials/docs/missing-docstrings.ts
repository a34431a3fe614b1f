import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../support/packed-package.ts";
import { runNode } from "../../support/run-node.ts";

/** What is taken out of a docstring in a copy of the project, the declaration below it, and what must be said then. */
const breaks: readonly (readonly [file: string, removed: RegExp, declaration: string, said: string])[] = [
  ["src/client/errors.ts", /\/\*\* Status 404.*\*\/\n/, "export class NotFoundError", "no docstring"],
  ["src/client/page.ts", /\/\*\* Items on a full page\. \*\//, "per_page?: number", "no docstring"],
  ["src/client/oauth-clients.ts", / {3}\* @see .*rotate_secret\/\n/, "rotateSecret(", "no @see"],
  ["src/client/oauth-scopes.ts", /( {3}\* @throws .*\n)+/, "list(options", "no @throws"],
  ["src/rotation/rotate.ts", / \* @param target .*\n/, "export function rotateClientSecret", "no @param target"],
  ["src/rotation/sink.ts", / {3}\* @throws .*\n {3}\*\/\n {2}deliver/, "deliver(", "no @throws"],
  ["src/sandbox/sandbox.ts", / {3}\* @returns The secrets.*\n/, "secretsOf(", "no @returns"],
  [
    "src/node/journals/file-journal.ts",
    /Makes a journal; nothing is read or written yet\./,
    "constructor(",
    "no docstring",
  ],
  ["src/workers/index.ts", / \* .*the alarm.*\n/, "/**", "no docstring"],
];

/** Takes parts of docstrings away, and returns what `npm run docs -- --check` ought to have said of them, but has not. */
export async function unnoticed(): Promise<string[]> {
  const copy = mkdtempSync(join(tmpdir(), "docs-test-"));
  try {
    for (const name of ["src", "generated", "scripts", "package.json", "tsconfig.json"])
      cpSync(join(root, name), join(copy, name), {
        recursive: true,
        filter: (path) => !path.endsWith("node_modules"),
      });
    for (const name of ["node_modules", "scripts/docs/node_modules"])
      symlinkSync(join(root, name), join(copy, name), "junction");
    writeFileSync(join(copy, "README.md"), "# A copy\n");
    for (const [file, removed] of breaks) {
      const text = readFileSync(join(copy, file), "utf8");
      const broken = text.replace(removed, (all) => all.match(/ {3}\*\/\n.*$/)?.[0] ?? "");
      if (broken === text) throw new Error(`${file} has nothing to take away that is like ${removed}`);
      writeFileSync(join(copy, file), broken);
    }
    const wanted = breaks.map(([file, , declaration, said]) => {
      const line =
        1 +
        readFileSync(join(copy, file), "utf8")
          .split("\n")
          .findIndex((text) => text.trim().startsWith(declaration));
      return { place: `${file}:${line} `, said };
    });
    const { exit, stderr } = await runNode("scripts/docs/docs.ts", ["--check"], copy);
    const lines = stderr.split("\n");
    const missed = wanted.filter(
      ({ place, said }) => !lines.some((line) => line.startsWith(place) && line.endsWith(said)),
    );
    return [
      ...(exit === 0 ? ["docs.ts --check is content with missing docstrings"] : []),
      ...missed.map(({ place, said }) => `docs.ts --check does not say that ${place}has ${said}`),
      ...(missed.length > 0 ? [stderr] : []),
    ];
  } finally {
    rmSync(copy, { recursive: true });
  }
}
