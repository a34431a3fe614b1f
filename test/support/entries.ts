import type { Entry, Phase } from "../../src/rotation/entry.ts";

/** An entry of a rotation, as a text. */
export function entryOf(phase: Phase, more: Partial<Entry> = {}): string {
  const hasSecret = phase !== "requesting" && phase !== "recovering" && phase !== "done";
  const entry: Entry = {
    version: 1,
    phase,
    rotation: "a rotation",
    writtenBy: "a run",
    accountId: "account",
    clientId: "client",
    baseURL: "https://api.example.com",
    issuer: "https://issuer.example.com",
    client: { client_id: "client", visibility: "private" },
    sinks: [],
    delivered: [],
    proofs: {},
    declined: { verify: false, check: false },
    finish: false,
    overlap: 0,
    acceptDowntime: false,
    startedAt: 0,
    ...(hasSecret && { secret: "a new secret", sha256: "its digest" }),
    ...more,
  };
  return JSON.stringify(entry);
}
