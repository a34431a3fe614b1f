import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Rolldown } from "tsdown";

/** What the notices need of a package.json. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
}

/** A package, as the notices name it. */
export interface Notice {
  readonly name: string;
  readonly version: string;
  /** As its package.json has it. */
  readonly license: string;
  readonly text: string;
}

const fileName = "THIRD-PARTY-NOTICES.txt";
const rule = `\n${"-".repeat(80)}\n\n`;

/** What the notices in a folder name. */
export function readNotices(folder: string): Notice[] {
  const [, ...notices] = readFileSync(join(folder, fileName), "utf8").split(rule);
  return notices.map((notice) => {
    const [, name = "", version = "", license = "", text = ""] = /^(\S+) (\S+) \((.+?)\)\n\n(.*)/s.exec(notice) ?? [];
    return { name, version, license, text };
  });
}

/** Writes, beside what is built, the licences of the packages whose modules are really in it. */
export function thirdPartyNotices(): Rolldown.Plugin {
  return {
    name: "third-party-notices",
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((output) => (output.type === "chunk" ? output.moduleIds : []));
      const notices = [...new Set(modules.flatMap(packageFolder))].map(noticeOf).sort();
      const heading = `The files in this folder contain the following ${notices.length} packages.\n`;
      this.emitFile({ type: "asset", fileName, source: [heading, ...notices].join(rule) });
    },
  };
}

/** The folder of the package that a module belongs to; none for the project's own modules. */
function packageFolder(module: string): string[] {
  const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module)?.[0];
  return folder === undefined ? [] : [folder];
}

function noticeOf(folder: string): string {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { name, version, license } = manifest;
  if (license === undefined) throw new Error(`The package ${name}, which is bundled, names no licence.`);
  return `${name} ${version} (${license})\n\n${licenceText(folder, manifest)}\n`;
}

function licenceText(folder: string, { name, license, author = "" }: Manifest): string {
  const file = readdirSync(folder).find((file) => /^licen[cs]e(\.\w+)?$/i.test(file));
  if (file !== undefined) return readFileSync(join(folder, file), "utf8").trim();
  if (license !== "MIT") throw new Error(`The package ${name}, which is bundled, comes without a licence's text.`);
  // Our own has the words of the MIT licence; the copyright is theirs.
  const mit = readFileSync(new URL("../LICENSE", import.meta.url), "utf8");
  const holder = typeof author === "string" ? author : author.name;
  const copyright = `Copyright (c) ${holder}`;
  return `(The package names this licence, and comes without its text.)\n\n${mit.replace(/^Copyright .*$/m, copyright).trim()}`;
}
