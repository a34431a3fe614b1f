import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transformSync } from "esbuild";
import { type Contender, contenders, ours } from "./contenders.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
const modules = join(here, "node_modules");
const programs = ["server", "time", "heap", "throughput", "rotation", "journeys"] as const;

/** Where things are that the measures need. */
export interface Workspace {
  /** The project. */
  readonly root: string;
  /** A folder, removed in the end, from where the contenders' packages can be imported. */
  readonly folder: string;
  /** The Node that is measured. */
  readonly node: string;
  /** Writes a contender's JavaScript, with `ending` after it, to a file named `kind` and the contender. */
  write(contender: Contender, kind: string, ending?: string): string;
  /** The file of one of our programs. */
  program(name: (typeof programs)[number]): string;
  /** The folder of a package that a contender needs. */
  packageFolder(name: string): string;
  remove(): void;
}

/** Installs the contenders, this project as its users get it among them, and compiles our programs. */
export async function createWorkspace(node: string): Promise<Workspace> {
  const installed = JSON.stringify(readFileSync(join(here, "package-lock.json"), "utf8"));
  const stamp = join(modules, ".installed");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== installed) {
    execFileSync("npm", ["ci", "--ignore-scripts"], { cwd: here, stdio: ["ignore", "ignore", "inherit"] });
    writeFileSync(stamp, installed);
  }

  const folder = join(modules, ".bench");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  installOurs(folder);
  cpSync(join(root, "generated/openapi.ts"), join(folder, "openapi.ts"));
  await build({
    entryPoints: programs.map((name) => join(here, "programs", `${name}.ts`)),
    bundle: true,
    format: "esm",
    platform: "node",
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    logLevel: "error",
  });

  return {
    root,
    folder,
    node,
    write(contender, kind, ending = "") {
      const file = join(folder, `${kind}-${contenders.indexOf(contender)}.mjs`);
      writeFileSync(file, transformSync(contender.source + ending, { loader: "ts" }).code);
      return file;
    },
    program: (name) => join(folder, `${name}.mjs`),
    packageFolder(name) {
      const found = [modules, join(root, "node_modules")].map((parent) => join(parent, name)).find(existsSync);
      if (found === undefined) throw new Error(`${name} is not installed: run npm ci.`);
      return found;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** As `npm install` would unpack it; its dependencies are those of the openapi-fetch contender and of the project. */
function installOurs(folder: string): void {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const target = join(modules, ours);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  execFileSync("tar", ["-xzf", join(folder, `${ours}-${version}.tgz`), "-C", target, "--strip-components=1"]);
}
