import Cloudflare from "../../../src/client/index.ts";

const client = new Cloudflare({ apiToken: "token" });
const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
console.log(await client.iam.oauthClients.rotateSecret("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", { account_id }));
