/** A process that reads dotenv files as Next.js does: their texts from stdin, their variables to stdout, null for one that it cannot read. */
import { text } from "node:stream/consumers";
import next from "@next/env";

const texts: readonly string[] = JSON.parse(await text(process.stdin));
const before = new Set(Object.keys(process.env));

function read(contents: string): Readonly<Record<string, string | undefined>> | null {
  let hasFailed = false;
  const log = { info() {}, error: () => (hasFailed = true) };
  const [, parsed] = next.processEnv([{ path: ".env", contents, env: {} }], ".", log, true);
  // It sets what it reads, and does not read again what is set.
  for (const name of Object.keys(process.env)) if (!before.has(name)) delete process.env[name];
  return hasFailed ? null : (parsed ?? null);
}

process.stdout.write(JSON.stringify(texts.map(read)));
