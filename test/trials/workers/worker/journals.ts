/** Journals in Durable Objects, driven over HTTP by the conformance suite. */
import { DurableObject } from "cloudflare:workers";
import { type Journal, sealed } from "cloudflare-oauth-clients/rotation";
import { durableObjectJournal } from "cloudflare-oauth-clients/workers";
import type { Call } from "./call.ts";

interface Env {
  readonly JOURNALS: DurableObjectNamespace<JournalObject>;
}

const key = new Uint8Array(32).fill(7);

export class JournalObject extends DurableObject {
  /** Makes the calls, given in JSON, all at once and each by a journal of its own. */
  async call(text: string, isSealed: boolean): Promise<string> {
    const calls: readonly Call[] = JSON.parse(text);
    const results = calls.map((call) => {
      const plain = durableObjectJournal(this.ctx.storage);
      return perform(isSealed ? sealed(plain, key) : plain, call);
    });
    return JSON.stringify(await Promise.all(results));
  }

  erase(): Promise<void> {
    return this.ctx.storage.deleteAll();
  }
}

function perform(journal: Journal, call: Call): Promise<unknown> {
  const [method] = call;
  if (method === "latest") return journal.latest(call[1]);
  if (method === "append") return journal.append(call[1], call[2], call[3]);
  return journal.erase(call[1], call[2]);
}

export default {
  async fetch(request, { JOURNALS }): Promise<Response> {
    const [, kind, name = ""] = new URL(request.url).pathname.split("/");
    const object = JOURNALS.getByName(name);
    if (request.method === "DELETE") {
      await object.erase();
      return new Response(null, { status: 204 });
    }
    return new Response(await object.call(await request.text(), kind === "sealed"));
  },
} satisfies ExportedHandler<Env>;
