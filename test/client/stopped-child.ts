/**
 * A process that is stopped while it waits: it sends one request to the address in its first argument, or runs a command, with
 * the time-out in its second argument (milliseconds), and prints what came of it.
 */
import { Cloudflare } from "../../src/client/index.ts";
import { runCommand } from "../../src/node/shell/shell-command.ts";
import { account, apiToken, clientId } from "./examples.ts";

const [what = "", timeout = ""] = process.argv.slice(2);
try {
  if (what.startsWith("http")) {
    const client = new Cloudflare({ apiToken, baseURL: what, timeout: Number(timeout), maxRetries: 0 });
    const { client_secret } = await client.iam.oauthClients.rotateSecret(clientId, account);
    process.stdout.write(`used ${client_secret?.length}`);
  } else {
    const { code } = await runCommand(what, { timeout: Number(timeout) });
    process.stdout.write(`ended ${code}`);
  }
} catch (error) {
  process.stdout.write(`failed: ${error}`);
}
process.exit();
