/** Stands in for the Worker that uses the secrets. */
import { WorkerEntrypoint } from "cloudflare:workers";

interface Env {
  readonly SECRETS: KVNamespace;
  /** Milliseconds, at most, before and after a secret is stored, so that there is time to be killed in. */
  readonly LATENCY: number;
}

export class Vault extends WorkerEntrypoint<Env> {
  async store(clientId: string, secret: string): Promise<void> {
    await scheduler.wait(Math.random() * this.env.LATENCY);
    await this.env.SECRETS.put(clientId, secret);
    await scheduler.wait(Math.random() * this.env.LATENCY);
  }

  /** Whether the client's secret is the one of that SHA-256, in hex. */
  async holds(clientId: string, sha256: string): Promise<boolean> {
    const secret = await this.env.SECRETS.get(clientId);
    if (secret === null) return false;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
  }
}

/** What the test looks into; a real vault would show nothing. */
export default {
  async fetch(request, { SECRETS }): Promise<Response> {
    return new Response(await SECRETS.get(new URL(request.url).pathname.slice(1)));
  },
} satisfies ExportedHandler<Env>;
