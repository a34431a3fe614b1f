import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { operations } from "../../generated/operations.ts";
import { readNotices } from "../../scripts/third-party-notices.ts";
import { trials } from "../trials/trials.ts";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("../../SECURITY.md", import.meta.url), "utf8");

test("SECURITY.md names the permission of each operation, as the description has it", () => {
  const rows = Object.values(operations).map(({ method, path, permission }) => {
    return `| \`${method} ${path}\` | ${permission === "none" ? "any valid credentials" : permission} |`;
  });
  expect(text.match(/^\| `[A-Z]+ \/.*$/gm)?.sort()).toEqual(rows.sort());
});

test("SECURITY.md says why each package is in the command, but for what those need", () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  const bundled = readNotices(fileURLToPath(new URL("../../dist/cli", import.meta.url))).map(({ name }) => name);
  const ours = bundled.filter((name) => name in { ...dependencies, ...devDependencies });
  expect(ours).toContain("commander");
  expect(ours.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

test("SECURITY.md names tests and trials that exist, for each threat", () => {
  const [, table = ""] = /^## Threats\n\n((?:\|.*\n)+)/m.exec(text) ?? [];
  const [, , ...rows] = table.trim().split("\n");
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) {
    const named = row.split(" | ").at(-1) ?? "";
    const files = [...named.matchAll(/\]\(([^)]+\.test\.ts)\)/g)].map(([, path = ""]) => path);
    const runs = [...named.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    expect([...files, ...runs], row).not.toEqual([]);
    expect(files.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
    expect(runs.filter((name) => !(name in trials))).toEqual([]);
  }
});
