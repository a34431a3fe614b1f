import { readCommand } from "./command.ts";
import { readDeclarations } from "./declarations.ts";

/**
 * What users build on, by name. The last word of a name is what the CHANGELOG has to call it; names that begin with
 * `internal` are of what public things lead to, which nobody can call.
 */
export type PublicApi = Readonly<Record<string, string>>;

/** The public API: the entries as they were built, and the command. Comments and the wording of help are no part of it. */
export async function readPublicApi(): Promise<PublicApi> {
  const parts = Object.entries({ ...readDeclarations(), ...(await readCommand()) });
  return Object.fromEntries(parts.sort(([left], [right]) => (left < right ? -1 : 1)));
}
