/**
 * A Worker that shows an account's OAuth clients, and which of them still have an old secret that waits to be deleted. The
 * API token comes from the Secrets Store, and stays in the Worker.
 *
 *     curl -H "Authorization: Bearer $VIEWER_TOKEN" https://oauth-clients.example.workers.dev/
 */
import Cloudflare, { APIError } from "cloudflare-oauth-clients";

export interface Env {
  /** Of the API; to read the account's OAuth clients is all that it must be permitted. */
  readonly CLOUDFLARE_API_TOKEN: SecretsStoreSecret;
  /** What whoever looks must show. */
  readonly VIEWER_TOKEN: SecretsStoreSecret;
  readonly ACCOUNT_ID: string;
  /** `debug` logs each request, without credentials. */
  readonly LOG_LEVEL: "warn" | "debug";
}

export default {
  async fetch(request, env): Promise<Response> {
    if (!(await isAllowed(request, env))) return new Response("Unauthorized", { status: 401 });
    const client = new Cloudflare({
      apiToken: await env.CLOUDFLARE_API_TOKEN.get(),
      timeout: 10_000,
      logLevel: env.LOG_LEVEL,
    });
    try {
      const clients = [];
      for await (const one of client.iam.oauthClients.list({ account_id: env.ACCOUNT_ID }))
        clients.push({
          client_id: one.client_id,
          name: one.client_name,
          old_secret_waiting: one.has_rotated_secret === true,
        });
      return Response.json(clients, { headers: { "Cache-Control": "no-store" } });
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      // Credentials are cut out of whatever the client throws.
      console.error(`The clients could not be listed: ${error.message}`);
      return Response.json({ error: error.name, status: error.status }, { status: 502 });
    }
  },
} satisfies ExportedHandler<Env>;

/** In a time that tells nothing of the token. */
async function isAllowed(request: Request, { VIEWER_TOKEN }: Env): Promise<boolean> {
  const digest = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const given = await digest(request.headers.get("Authorization") ?? "");
  return crypto.subtle.timingSafeEqual(given, await digest(`Bearer ${await VIEWER_TOKEN.get()}`));
}
