/**
 * A Worker that rotates the secrets of an account's OAuth clients: a cron trigger asks a Durable Object for each client,
 * whose alarm does the rest. To be copied: what is your own is where the secret goes, in `#setup`.
 *
 * `GET /rotations` shows how they stand. `POST /rotations/<client_id>` asks for one, or goes on with one that has stopped;
 * its body may decide what it stopped for, `{"acceptDowntime": true}` say. Both want `Authorization: Bearer <STATUS_TOKEN>`.
 */
import { DurableObject } from "cloudflare:workers";
import Cloudflare from "cloudflare-oauth-clients";
import { RotationError, sealed, type Target } from "cloudflare-oauth-clients/rotation";
import {
  type Decisions,
  durableObjectJournal,
  RotationAlarm,
  type RotationAlarmStatus,
  type RotationSetup,
} from "cloudflare-oauth-clients/workers";
import type { Vault } from "./vault.ts";

export interface Env {
  readonly ROTATIONS: DurableObjectNamespace<ClientRotation>;
  /** Where the secrets go: the Worker that uses them. */
  readonly VAULT: Service<Vault>;
  readonly ACCOUNT_ID: string;
  /** The `client_id` of each client, with blanks between. */
  readonly CLIENT_IDS: string;
  /** How long both secrets work, in minutes. */
  readonly OVERLAP: number;
  /** Secrets: of the API; of the status route; and of the journal, 32 bytes in base64, as `cf-oauth keygen` makes them. */
  readonly CLOUDFLARE_API_TOKEN: string;
  readonly STATUS_TOKEN: string;
  readonly JOURNAL_KEY: string;
  /** For tests. */
  readonly BASE_URL?: string;
  readonly ISSUER?: string;
  readonly FIRST_DELAY?: number;
  readonly LONGEST_DELAY?: number;
}

/** The rotation of one client's secret. */
export class ClientRotation extends DurableObject<Env> {
  readonly #rotation = new RotationAlarm(this.ctx.storage, (target) => this.#setup(target), {
    firstDelay: this.env.FIRST_DELAY,
    longestDelay: this.env.LONGEST_DELAY,
    // The place to alert somebody from.
    onFailure: (error, { clientId }) => {
      const { code, message, nextStep } = error instanceof RotationError ? error : { code: "unexpected" };
      console.error(JSON.stringify({ clientId, code, message, nextStep }));
    },
  });

  rotate(clientId: string, decisions: Decisions = {}): Promise<void> {
    return this.#rotation.rotate({ accountId: this.env.ACCOUNT_ID, clientId }, decisions);
  }

  override alarm(): Promise<void> {
    return this.#rotation.alarm();
  }

  status(): Promise<RotationAlarmStatus | undefined> {
    return this.#rotation.status();
  }

  #setup({ clientId }: Target): RotationSetup {
    const { VAULT, CLOUDFLARE_API_TOKEN: apiToken, JOURNAL_KEY, OVERLAP, BASE_URL: baseURL, ISSUER } = this.env;
    return {
      client: new Cloudflare({ apiToken, baseURL, timeout: 10_000 }),
      // Sealed, since what a Durable Object has deleted can be restored for 30 days.
      journal: sealed(durableObjectJournal(this.ctx.storage), bytes(JOURNAL_KEY)),
      sinks: [{ name: "vault", deliver: (secret) => VAULT.store(clientId, secret) }],
      // By its digest, so that the vault need not give a secret away.
      check: (sha256) => VAULT.holds(clientId, sha256),
      overlap: OVERLAP * 60_000,
      issuer: ISSUER,
      onEvent: (event) => console.log(JSON.stringify({ clientId, ...event })),
    };
  }
}

export default {
  async scheduled(_controller, env): Promise<void> {
    const asked = await Promise.allSettled(clientIds(env).map((id) => env.ROTATIONS.getByName(id).rotate(id)));
    for (const one of asked) if (one.status === "rejected") throw one.reason;
  },

  async fetch(request, env): Promise<Response> {
    if (!(await isAllowed(request, env.STATUS_TOKEN))) return new Response("Unauthorized", { status: 401 });
    const [, path, id = ""] = new URL(request.url).pathname.split("/");
    if (path !== "rotations" || (id && !clientIds(env).includes(id))) return new Response("Not found", { status: 404 });
    if (request.method === "POST" && id) {
      await env.ROTATIONS.getByName(id).rotate(id, JSON.parse((await request.text()) || "{}"));
      return new Response(null, { status: 202 });
    }
    const ids = id ? [id] : clientIds(env);
    const found = await Promise.all(ids.map(async (id) => [id, (await env.ROTATIONS.getByName(id).status()) ?? null]));
    return Response.json(Object.fromEntries(found));
  },
} satisfies ExportedHandler<Env>;

function clientIds({ CLIENT_IDS }: Env): string[] {
  return CLIENT_IDS.split(/\s+/).filter(Boolean);
}

/** In a time that tells nothing of the token. */
async function isAllowed(request: Request, token: string): Promise<boolean> {
  const digest = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const given = await digest(request.headers.get("Authorization") ?? "");
  return crypto.subtle.timingSafeEqual(given, await digest(`Bearer ${token}`));
}

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
