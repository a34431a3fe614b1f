/**
 * `npm start`: rotates a client secret over real HTTP, through the typed client, against Prism serving our description.
 * No account is needed, and nothing leaves this machine.
 */
import { styleText } from "node:util";
import Cloudflare, { CloudflareError } from "../src/client/index.ts";
import { startMockServer } from "./mock-server.ts";

// The identifiers and the token of the documentation's examples.
const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const apiToken = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY";

const step = (text: string) => console.log(`\n${styleText("bold", text)}`);
const result = (text: string) => console.log(`  ${styleText("green", text)}`);
const note = (text: string) => console.log(`  ${styleText("dim", text)}`);

const mock = await startMockServer();
const client = new Cloudflare({
  apiToken,
  baseURL: mock.url,
  fetch: async (url, init) => {
    console.log(`  ${styleText("cyan", `${init.method} ${new URL(url).pathname}`)}`);
    const response = await fetch(url, init);
    console.log(`  ${styleText("cyan", `${response.status} ${response.statusText}`)}`);
    return response;
  },
});

console.log(`Prism serves openapi/openapi.yaml at ${mock.url}, in place of Cloudflare.`);
try {
  step("1. Rotate the secret");
  const { client_secret } = await client.iam.oauthClients.rotateSecret(clientId, { account_id });
  result(`new secret: ${client_secret}`);
  note("It is shown this once. The old secret still works, so there is time to deploy the new one.");

  step("2. See that the old secret waits to be deleted");
  const { client_name, has_rotated_secret } = await client.iam.oauthClients.get(clientId, { account_id });
  result(`${client_name}: has_rotated_secret is ${has_rotated_secret}`);

  step("3. Delete the old secret, once the new one is deployed");
  const deleted = await client.iam.oauthClients.deleteRotatedSecret(clientId, { account_id });
  result(`deleted the old secret of ${deleted?.id}`);
  note("From now on only the new secret works.");

  step("And a mistake: an account id that lost its last character");
  await client.iam.oauthClients.rotateSecret(clientId, { account_id: account_id.slice(0, -1) }).catch((error) => {
    if (!(error instanceof CloudflareError)) throw error;
    console.log(`  ${styleText("yellow", error.message)}`);
  });

  step("Prism keeps no state: its answers are the examples of the description.");
} finally {
  await mock.close();
}
