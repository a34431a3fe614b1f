// Preloaded into the programs of the guides: a sandbox answers in the place of Cloudflare. What became of it is printed last.
import { createSandbox } from "cloudflare-oauth-clients/sandbox";

const sandbox = createSandbox();
globalThis.fetch = sandbox.fetch;
process.env.CLOUDFLARE_API_TOKEN = sandbox.apiToken;
process.on("exit", () => {
  const secrets = sandbox.clients().map(({ client_secrets }) => client_secrets);
  console.log(
    JSON.stringify({
      apiToken: sandbox.apiToken,
      secrets,
      changes: sandbox.requests
        .filter(({ url, method }) => url.endsWith("/rotate_secret") && method !== "GET")
        .map(({ method }) => method),
    }),
  );
});
