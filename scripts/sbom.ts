/**
 * `npm run --silent sbom > sbom.cdx.json`: the bill of materials of the package, in CycloneDX, made by npm: what is
 * installed with it, and what was bundled into the command, which npm takes for dependencies of development. Build first.
 *
 * `npm run sbom -- --audit` asks npm instead which of these packages have a known vulnerability, and ends with 1 if any has.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readNotices } from "./third-party-notices.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { name, version, description, license, dependencies, devDependencies } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const noticed = new Set(readNotices(join(root, "dist/cli")).map(({ name }) => name));
const bundled = Object.entries(devDependencies).filter(([name]) => noticed.has(name));
const manifest = {
  ...{ name, version, description, license },
  dependencies: { ...dependencies, ...Object.fromEntries(bundled) },
  bundleDependencies: bundled.map(([name]) => name),
};

const temporary = mkdtempSync(join(tmpdir(), "sbom-"));
try {
  // npm names the whole by its folder.
  const folder = join(temporary, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  copyFileSync(join(root, "package-lock.json"), join(folder, "package-lock.json"));
  const npm = (...words: string[]) =>
    execFileSync("npm", [...words, "--package-lock-only"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  // Takes what is for development alone out of the lock. `npm sbom --omit dev` would take too much: npm/cli#7909.
  npm("install", "--offline", "--ignore-scripts");
  if (process.argv.includes("--audit"))
    process.exitCode =
      spawnSync("npm", ["audit", "--package-lock-only"], { cwd: folder, stdio: "inherit" }).status ?? 1;
  else process.stdout.write(npm("sbom", "--sbom-format", "cyclonedx"));
} finally {
  rmSync(temporary, { recursive: true });
}
