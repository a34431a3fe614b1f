/**
 * `npm run messages`: runs the tests, and lists every message that they meet: those of errors, and all that the command prints on
 * stderr. Names, times and numbers are replaced, so that each message is listed once. Words after `--` go to vitest.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "messages-"));
const file = join(folder, "messages");

/** What differs each time, and what stands for it. */
const replaced: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "{time}"],
  [/https?:\/\/[^\s"',;)]+/g, "{url}"],
  [/(?<![\w.])(?:[\w:=]*)\/[^\s"',;:)]+/g, "{path}"],
  [/\b[0-9a-f]{16,}\b/g, "{id}"],
  [/\b\d+(?:\.\d+)?/g, "{n}"],
];

function plain(line: string): string {
  const text = stripVTControlCharacters(line).trim();
  return replaced.reduce((rest, [pattern, name]) => rest.replaceAll(pattern, name), text);
}

function list(): void {
  const met = new Map<string, number>();
  for (const line of readFileSync(file, "utf8").split("\n").map(plain))
    if (line !== "") met.set(line, (met.get(line) ?? 0) + 1);
  for (const [line, times] of [...met].sort(([one], [other]) => one.localeCompare(other)))
    console.log(`${String(times).padStart(6)}  ${line}`);
  console.log(`${met.size} messages`);
}

try {
  writeFileSync(file, "");
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/vitest.config.ts", "--silent"];
  const projects = ["shared", "isolated", "processes"].flatMap((name) => ["--project", name]);
  const env = { ...process.env, MESSAGES_FILE: file };
  const given = process.argv.slice(2);
  const build = spawnSync(
    process.execPath,
    ["node_modules/tsdown/dist/run.mjs", "--config", "scripts/tsdown.config.ts"],
    { cwd: root, stdio: ["ignore", "ignore", "inherit"] },
  );
  if (build.status !== 0) process.exit(1);
  const { status } = spawnSync(process.execPath, [...vitest, ...projects, ...given], {
    cwd: root,
    env,
    stdio: ["ignore", 2, "inherit"],
  });
  list();
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
