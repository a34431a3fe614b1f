import { writeFileSync } from "node:fs";
import { Option } from "commander";
import { APIError } from "../../client/errors.ts";
import type { OAuthClientCreateResponse } from "../../client/iam.ts";
import { option } from "../attempt/options.ts";
import { requireAccount, type Session } from "../session/session.ts";
import { TrafficRecorder } from "../session/traffic.ts";
import { Declined, UsageError } from "../terminal/command-error.ts";
import { canAsk, confirm } from "../terminal/question.ts";
import { messageOf } from "../terminal/text.ts";
import type { CommandDefinition } from "./definition.ts";
import { editedName, kindOf, method, Trial } from "./selftest-questions.ts";

/** A question that the documentation leaves open, and how the service answered it. */
interface Finding {
  readonly question: string;
  readonly answer: string;
}

interface SelftestOptions {
  readonly yes?: boolean;
  /** A file to make. */
  readonly report?: string;
}

/** What the temporary client is registered with; `scopes` is one that the account offers. */
const settings = {
  client_name: "cf-oauth selftest, may be deleted",
  grant_types: ["authorization_code"],
  response_types: ["code"],
  redirect_uris: ["https://localhost/cf-oauth-selftest"],
  token_endpoint_auth_method: method,
} as const;

/** Values that the traffic file may show: what this test sends, and the words that the description lists. */
const known: ReadonlySet<string> = new Set([
  ...Object.values(settings).flat(),
  editedName,
  ...["none", "client_secret_post", "refresh_token", "token", "id_token"],
  ...["public", "private", "pending", "in_progress", "verified", "failed"],
]);

/** `selftest`: tests undocumented API behaviour on a temporary client, and deletes the client again. */
export const command: CommandDefinition<[options: SelftestOptions]> = {
  about:
    "Test undocumented API behaviour on a temporary client in your account. The test creates the client, rotates its secret, edits it, and deletes it again, even after a failure. It sends the temporary client's old secret to the issuer, to see whether it still works; a rotation never does that with your secrets.",
  examples: `# First without an account
$ cf-oauth selftest --sandbox
# Keep the findings and the traffic, to send them to us
$ cf-oauth selftest --report selftest.har`,
  options: [
    option("yes"),
    new Option(
      "--report <file>",
      "also write the findings and the API traffic to this new file (HAR), without ids, secrets and names",
    ).helpGroup("Run"),
  ],
  run: selftest,
};

async function selftest(given: Session, { yes, report }: SelftestOptions): Promise<number> {
  const { output, signal, client } = given;
  requireAccount(given.accountId);
  if (!yes && canAsk()) {
    output.note(
      "This creates an OAuth client on your account, rotates its secret, and deletes it again. Other clients are not touched.",
    );
    if (!(await confirm("Start the test?", signal))) throw new Declined();
  }
  if (report === undefined) return test(given, []);
  makeReport(report);
  const { baseURL } = client;
  const traffic = new TrafficRecorder(given.fetch ?? ((url, init) => fetch(url, init)), { baseURL, known });
  const findings: Finding[] = [];
  try {
    return await test({ ...given, client: client.withOptions({ fetch: traffic.fetch }) }, findings);
  } finally {
    // Also where the API refused, which is what somebody would want to look at.
    writeFileSync(report, await traffic.archive({ _findings: findings }), { mode: 0o600 });
    output.note(`The findings and the traffic are in ${report}. You can send this file to us.`);
  }
}

/** @param findings gets what was found. */
async function test(session: Session, findings: Finding[]): Promise<number> {
  const { output, signal } = session;
  const add = (question: string, answer: string): void => {
    findings.push({ question, answer });
    output.note({ mark: "good", text: `${question} ${answer}` });
  };
  const created = await create(session);
  let stopped: unknown;
  try {
    await new Trial(session, created, add).run();
  } catch (error) {
    stopped = error;
    if (!signal.aborted) add("What stopped the selftest?", kindOf(error));
  }
  // After any outcome, a signal included.
  const isRemoved = await remove(session, created.client_id);
  signal.throwIfAborted();
  const exitCode = isRemoved && stopped === undefined ? 0 : 1;
  output.json({ command: "selftest", ok: exitCode === 0, exitCode, findings });
  const rows = findings.map(({ question, answer }) => `| ${question} | ${answer} |`);
  output.result(
    ...["", "You can send this report to us. It contains no ids and no secrets.", ""],
    ...["| question | answer |", "| --- | --- |", ...rows],
  );
  return exitCode;
}

/** Before anything is sent: a report that cannot be written must not cost a test. */
function makeReport(path: string): void {
  try {
    writeFileSync(path, "", { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw new UsageError(`--report cannot make this file: ${messageOf(error)}. Nothing was sent.`);
  }
}

async function create({ client, accountId: account_id, output, signal }: Session): Promise<OAuthClientCreateResponse> {
  const scopes = await client.iam.oauthScopes.list({ signal });
  const first = scopes.result[0];
  output.note("  creating a client");
  // No signal: a client whose creation is under way must be known, to be removed.
  return client.iam.oauthClients.create({
    account_id,
    ...settings,
    grant_types: [...settings.grant_types],
    response_types: [...settings.response_types],
    redirect_uris: [...settings.redirect_uris],
    scopes: [first?.scopes?.[0] ?? first?.id ?? "account.read"],
  });
}

async function remove({ client, accountId: account_id, output }: Session, clientId: string): Promise<boolean> {
  output.note("  deleting the client");
  try {
    await client.iam.oauthClients.delete(clientId, { account_id });
    return true;
  } catch (error) {
    // Deleted by an attempt whose response was lost.
    if (error instanceof APIError && error.status === 404) return true;
    output.fail(`The temporary client ${clientId} could not be deleted (${messageOf(error)}): delete it by hand.`);
    return false;
  }
}
