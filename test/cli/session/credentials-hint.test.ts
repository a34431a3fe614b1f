import { expect, test } from "vitest";
import { credentialsHint } from "../../../src/cli/session/credentials-hint.ts";
import { Cloudflare } from "../../../src/client/index.ts";
import { account, apiToken, clientId, failureOf, refusal, response } from "../../client/examples.ts";

function refused(status: number): Cloudflare["iam"]["oauthClients"] {
  const fetch = async () => response(status, refusal("Forbidden", 10000));
  return new Cloudflare({ apiToken, fetch }).iam.oauthClients;
}

async function told(call: Promise<unknown>): Promise<string> {
  const error = await failureOf(call);
  return `${error.message} ${credentialsHint(error, account.account_id)}`;
}

test("after a 403, only the permission of the refused request is named", async () => {
  const reading = await told(refused(403).get(clientId, account));
  expect(reading).toContain('"OAuth Client Read"');
  expect(reading).not.toContain("Write");
  const rotating = await told(refused(403).rotateSecret(clientId, account));
  expect(rotating).toContain('"OAuth Client Write"');
  expect(rotating).not.toContain("Read");
});

test("after a 403, the account is named, and where its id is taken from", async () => {
  expect(await told(refused(403).list(account))).toMatch(
    new RegExp(
      `must be a token for the account ${account.account_id}\\. .* --account-id, else CLOUDFLARE_ACCOUNT_ID\\.$`,
    ),
  );
  expect(await told(refused(401).list(account))).not.toContain(account.account_id);
});

test("after a 401, what a rotation needs is named", async () => {
  expect(await told(refused(401).get(clientId, account))).toContain(
    "A rotation needs the permissions OAuth Client Read and OAuth Client Write.",
  );
});
