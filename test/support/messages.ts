import { appendFileSync } from "node:fs";

/** Notes a text that a user would read, for `npm run messages`; otherwise does nothing. */
export function noteMessage(text: string): void {
  const { MESSAGES_FILE } = process.env;
  if (MESSAGES_FILE && text) appendFileSync(MESSAGES_FILE, `${text.trimEnd()}\n`);
}
