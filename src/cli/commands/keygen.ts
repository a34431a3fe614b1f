import { randomBytes } from "node:crypto";
import type { GlobalOptions } from "../session/session.ts";
import { Output } from "../terminal/output.ts";

/** `keygen`: a key for a journal that leaves the machine. */
export function keygen(options: GlobalOptions): number {
  const output = new Output(options);
  const key = randomBytes(32).toString("base64");
  output.json({ command: "keygen", ok: true, exitCode: 0, key });
  output.result(key);
  output.note(
    "Keep it where your other secrets are, and give it as CF_OAUTH_JOURNAL_KEY: without it no journal can be read.",
  );
  return 0;
}
