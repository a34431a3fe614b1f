import { afterAll, beforeAll } from "vitest";
import type { Journal } from "../../../src/rotation/index.ts";
import { journalConformance } from "../../support/journal-conformance.ts";
import { type Miniflare, startMiniflare } from "../../support/miniflare.ts";
import { bundleWorker } from "./project.ts";
import type { Call } from "./worker/call.ts";

let worker: Miniflare;
let url: URL;
beforeAll(async () => {
  worker = startMiniflare({
    modules: true,
    script: await bundleWorker("journals.ts"),
    compatibilityDate: "2026-07-01",
    durableObjects: { JOURNALS: { className: "JournalObject", useSQLite: true } },
  });
  url = await worker.ready;
});
afterAll(() => worker.dispose());

async function send(path: string, method: string, body?: string): Promise<string> {
  const response = await fetch(new URL(path, url), { method, ...(body !== undefined && { body }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  return text;
}

/**
 * A journal in a Durable Object.
 *
 * @param isTogether whether calls that are made at once come to the object as one event, so that nothing but the journal
 *   itself keeps them apart; otherwise each is an event of its own.
 */
function remote(path: string, isTogether: boolean): Journal {
  let waiting: { call: Call; resolve: (result: unknown) => void; reject: (error: unknown) => void }[] = [];
  const sendAll = async () => {
    const sent = waiting;
    waiting = [];
    try {
      const results: unknown[] = JSON.parse(await send(path, "POST", JSON.stringify(sent.map(({ call }) => call))));
      for (const [index, { resolve }] of sent.entries()) resolve(results[index] ?? undefined);
    } catch (error) {
      for (const { reject } of sent) reject(error);
    }
  };
  const perform = async <T>(...call: Call): Promise<T> => {
    if (!isTogether) return JSON.parse(await send(path, "POST", JSON.stringify([call])))[0] ?? undefined;
    return new Promise((resolve, reject) => {
      if (waiting.push({ call, resolve: (result) => resolve(result as T), reject }) === 1) setImmediate(sendAll);
    });
  };
  return {
    latest: (key) => perform("latest", key),
    append: (key, sequence, entry) => perform("append", key, sequence, entry),
    erase: (key, before) => perform("erase", key, before),
  };
}

for (const [name, kind, isTogether] of [
  ["a journal in a Durable Object, its calls in one event", "plain", true],
  ["a sealed journal in a Durable Object, its calls in an event each", "sealed", false],
] as const)
  journalConformance(name, async () => {
    const path = `/${kind}/${crypto.randomUUID()}`;
    const journal = remote(path, isTogether);
    return {
      journal,
      // What is made at once by all of them goes together.
      reopen: async () => (isTogether ? journal : remote(path, false)),
      close: async () => {
        await send(path, "DELETE");
      },
    };
  });
