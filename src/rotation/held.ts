import { hmac } from "./digest.ts";
import type { Run } from "./run.ts";
import type { Sink } from "./sink.ts";

/**
 * What the sinks hold that are files, as an HMAC under the rotation's id; never as a plain digest, since the secret may be
 * weak. A sink that cannot be read is left out.
 */
export async function rememberHeld(run: Run, rotation: string): Promise<Record<string, string>> {
  const held: Record<string, string> = {};
  for (const sink of run.options.sinks) {
    const found = await peek(sink);
    if (found) held[sink.name] = await hmac(rotation, found.value);
  }
  return held;
}

/** The secrets that sinks hold now and did not hold before the POST, with the name of the sink. */
export async function findNewlyHeld(run: Run): Promise<{ readonly name: string; readonly secret: string }[]> {
  const { held = {}, rotation } = run.current;
  const known = new Set(Object.values(held));
  const found: { name: string; secret: string }[] = [];
  for (const sink of run.options.sinks) {
    const before = held[sink.name];
    const now = before === undefined ? undefined : await peek(sink);
    // Nor what another sink held: the old secret is never sent anywhere.
    if (now?.value && !known.has(await hmac(rotation, now.value))) found.push({ name: sink.name, secret: now.value });
  }
  return found;
}

/** What a sink holds, empty if nothing; undefined where that cannot be read, or takes a command. */
async function peek(sink: Sink): Promise<{ readonly value: string } | undefined> {
  try {
    return sink.peek && { value: (await sink.peek()) ?? "" };
  } catch {
    return undefined;
  }
}
