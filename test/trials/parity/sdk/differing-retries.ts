import { mock } from "node:test";
import { type ClientOptions, Cloudflare } from "sdk";
import type { Proof } from "./differing.ts";
import { watched } from "./probes.ts";

const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
const clientID = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";

const registration: Omit<Cloudflare.IAM.OAuthClientCreateParams, "account_id"> = {
  client_name: "My OAuth App",
  grant_types: ["authorization_code"],
  redirect_uris: ["https://example.com/callback"],
  response_types: ["code"],
  scopes: ["account.read"],
  token_endpoint_auth_method: "client_secret_post",
};

/** How often a call is sent that the server answers by a scene. */
async function attempts(
  options: ClientOptions,
  scene: string,
  call: (client: Cloudflare, headers: Record<string, string>) => Promise<unknown>,
): Promise<number> {
  const { sent, options: counted } = watched(options);
  await call(new Cloudflare(counted), { "X-Scene": scene }).catch(() => undefined);
  return sent.length;
}

/** The longest wait of a call, in seconds; it is not waited for. */
async function longestWait(options: ClientOptions, scene: string): Promise<number> {
  const timeout = 30_000;
  const real = globalThis.setTimeout;
  let longest = 0;
  const hasty = (action: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => {
    // What is shorter is the back-off; what has arguments is Node's own.
    if (ms < 1000 || ms === timeout || given.length > 0) return real(action, ms, ...given);
    longest = Math.max(longest, ms);
    return real(action, 0);
  };
  const { mock: mocked } = mock.method(globalThis, "setTimeout", hasty);
  try {
    await new Cloudflare({ ...options, timeout, maxRetries: 1 }).iam.oauthScopes
      .list({ headers: { "X-Scene": scene } })
      .catch(() => undefined);
    return Math.round(longest / 1000);
  } finally {
    mocked.restore();
  }
}

/** What is sent again, and when. */
export const retries: Record<string, Proof> = {
  "lost-rotation": {
    see: async (_, options) => [
      await attempts(options, "503", (client, headers) =>
        client.iam.oauthClients.rotateSecret(clientID, { account_id }, { headers }),
      ),
      await attempts(options, "503", (client, headers) =>
        client.iam.oauthClients.create({ ...registration, account_id }, { headers }),
      ),
    ],
    vendor: [3, 3],
    here: [1, 1],
  },
  "lost-deletion": {
    see: (_, options) =>
      attempts(options, "504", (client, headers) =>
        client.iam.oauthClients.deleteRotatedSecret(clientID, { account_id }, { headers }),
      ),
    vendor: 3,
    here: 1,
  },
  conflict: {
    see: (_, options) =>
      attempts(options, "409", (client, headers) => client.iam.oauthClients.get(clientID, { account_id }, { headers })),
    vendor: 3,
    here: 1,
  },
  "too-early": {
    see: (_, options) => attempts(options, "425", (client, headers) => client.iam.oauthScopes.list({ headers })),
    vendor: 1,
    here: 3,
  },
  "should-retry": {
    see: (_, options) =>
      attempts(options, "400, should retry", (client, headers) => client.iam.oauthScopes.list({ headers })),
    vendor: 3,
    here: 1,
  },
  "retry-after-ms": { see: (_, options) => longestWait(options, "5000 ms"), vendor: 5, here: 0 },
  "long-wait": { see: (_, options) => longestWait(options, "asks for an hour"), vendor: 3600, here: 0 },
  "rate-limit": { see: (_, options) => longestWait(options, "a limit for 7 s"), vendor: 0, here: 7 },
};
