/** Compares the vendor's wording of an operation with the wording that a maintainer last read. */
import type { Change } from "./compare-schemas.ts";
import { type Fields, fields, list } from "./document.ts";

/** Words of each operation, by its id and by their field. */
export type Recorded = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Fields of an operation that our description has in other words, or not at all. */
const wordedFields = ["summary", "description", "x-cfPermissionsRequired"] as const;

/** A change for each field whose words differ, with the sentences that went (-) and that came (+). */
export function* compareWording(recorded: Readonly<Record<string, string>>, theirs: Fields): Generator<Change, void> {
  for (const name of wordedFields) {
    const [before, now] = [sentences(recorded[name]), sentences(theirs[name])];
    const lines = [
      ...before.filter((sentence) => !now.includes(sentence)).map((sentence) => `- ${sentence}`),
      ...now.filter((sentence) => !before.includes(sentence)).map((sentence) => `+ ${sentence}`),
    ];
    if (lines.length > 0) yield { breaks: false, text: [`${name}: the words have changed`, ...lines].join("\n") };
  }
}

/** Line ends mean nothing in Markdown. */
function sentences(value: unknown): readonly string[] {
  // The vendor lists permissions under `enum`.
  const text = typeof value === "string" ? value : list(fields(value).enum).join(". ");
  return text
    .replaceAll(/\s+/g, " ")
    .split(/(?<=[.!?]) /)
    .map((sentence) => sentence.trim())
    .filter(Boolean);
}
