import { sha256 } from "./digest.ts";

/** Begins what stands for the client's id in the log of a creation, which begins before the client has one. */
const prefix = "new-";

/** What stands for the client's id in the key of that log, from the client's name. */
export async function creationLog(name: string): Promise<string> {
  const readable = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `${prefix}${readable.slice(0, 24)}-${(await sha256(name)).slice(0, 16)}`;
}

/** Whether a log is that of a creation. */
export function isCreationLog(clientId: string): boolean {
  return clientId.startsWith(prefix);
}
