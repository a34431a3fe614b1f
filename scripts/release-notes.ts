/**
 * `node scripts/release-notes.ts v1.2.3`: prints CHANGELOG.md's section on the version that a tag names, if that is the one
 * in package.json and all that a release needs is there.
 */
import { readFileSync } from "node:fs";

/** What a release needs of package.json. */
interface Manifest {
  readonly version: string;
  readonly repository?: unknown;
}

/** @throws {Error} If tag, package.json and CHANGELOG do not agree. */
export function releaseNotes(tag: string, { version, repository }: Manifest, changelog: string): string {
  if (tag !== `v${version}`) throw new Error(`The tag is ${tag}, and package.json has the version ${version}.`);
  if (repository === undefined)
    throw new Error("package.json names no repository, without which the registry takes no provenance.");
  const [, ...sections] = changelog.split(/^## /m);
  const unreleased = sections.find((section) => /^\[Unreleased\]/i.test(section));
  if (unreleased !== undefined && bodyOf(unreleased) !== "")
    throw new Error("CHANGELOG.md has something under Unreleased: it belongs under the version's heading.");
  const [released = ""] = sections.filter((section) => section !== unreleased);
  if (!/^\[.*\] - \d{4}-\d\d-\d\d\n/.test(released) || !released.startsWith(`[${version}]`))
    throw new Error(`The newest heading of CHANGELOG.md must be "## [${version}] - <date>".`);
  const notes = bodyOf(released);
  if (notes === "") throw new Error(`CHANGELOG.md says nothing of ${version}.`);
  return notes;
}

function bodyOf(section: string): string {
  return section.split("\n").slice(1).join("\n").trim();
}

if (import.meta.main) {
  const [tag = ""] = process.argv.slice(2);
  const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
  console.log(releaseNotes(tag, JSON.parse(read("package.json")), read("CHANGELOG.md")));
}
