import { expect, test } from "vitest";
import { releaseNotes } from "../../scripts/release-notes.ts";

const manifest = { version: "1.2.3", repository: "github:owner/name" };
const notes = "### Added\n\n- A thing.";
const older = "## [1.2.2] - 2026-01-01\n\n- Older.\n";
const released = `# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-02-01\n\n${notes}\n\n${older}`;

test("a release's notes are what the CHANGELOG says of its version", () => {
  expect(releaseNotes("v1.2.3", manifest, released)).toBe(notes);
  expect(releaseNotes("v1.2.3", manifest, released.replace("## [Unreleased]\n\n", ""))).toBe(notes);
});

test.each([
  ["another tag", "v1.2.4", manifest, released, "has the version 1.2.3"],
  ["a package of no repository", "v1.2.3", { version: "1.2.3" }, released, "names no repository"],
  ["no heading of the version", "v1.2.3", manifest, `# Changelog\n\n${older}`, "newest heading"],
  ["a heading that is not the newest", "v1.2.2", { ...manifest, version: "1.2.2" }, released, "newest heading"],
  ["a heading without a date", "v1.2.3", manifest, released.replace(" - 2026-02-01", ""), "newest heading"],
  ["nothing under the heading", "v1.2.3", manifest, released.replace(notes, ""), "says nothing"],
  [
    "something unreleased",
    "v1.2.3",
    manifest,
    released.replace("[Unreleased]\n", "[Unreleased]\n\n- More.\n"),
    "belongs",
  ],
])("there is no release with %s", (_, tag, manifest, changelog, message) => {
  expect(() => releaseNotes(tag, manifest, changelog)).toThrow(message);
});
