import { writeFileSync } from "node:fs";
import { Option } from "commander";
import { APIError } from "../../client/errors.ts";
import type { OAuthClientCreateResponse } from "../../client/iam.ts";
import { wait } from "../../client/wait.ts";
import { type IssuerOptions, inspectIssuer, type Verdict, verifyClientSecret } from "../../rotation/index.ts";
import { option } from "../attempt/options.ts";
import { requireAccount, type Session } from "../session/session.ts";
import { TrafficRecorder } from "../session/traffic.ts";
import { Declined, UsageError } from "../terminal/command-error.ts";
import { canAsk, confirm } from "../terminal/question.ts";
import { messageOf } from "../terminal/text.ts";
import type { CommandDefinition } from "./definition.ts";

/** A question that the documentation leaves open, and how the service answered it. */
interface Finding {
  readonly question: string;
  readonly answer: string;
}

const method = "client_secret_basic";
/** Milliseconds for which a change is waited for until it shows. */
const patience = 60_000;

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
const editedName = "cf-oauth selftest, edited, may be deleted";

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
    "Test undocumented API behaviour on a temporary client in your account. The test creates the client, rotates its secret, edits it, and deletes it again, even after a failure. It sends the temporary client's old secret to the issuer, to see whether it still works; a rotation never does that with a secret of yours.",
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
  // Whatever happened, a signal included.
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
    // Deleted by an attempt whose answer was lost.
    if (error instanceof APIError && error.status === 404) return true;
    output.fail(`The temporary client ${clientId} could not be deleted (${messageOf(error)}): delete it by hand.`);
    return false;
  }
}

/** The questions, asked of one client. */
class Trial {
  readonly #session: Session;
  readonly #clientId: string;
  readonly #first: string;
  readonly #add: (question: string, answer: string) => void;

  constructor(session: Session, created: OAuthClientCreateResponse, add: (question: string, answer: string) => void) {
    this.#session = session;
    this.#clientId = created.client_id;
    this.#first = created.client_secret ?? "";
    this.#add = add;
  }

  async run(): Promise<void> {
    await this.#proofs();
    this.#add("How soon is the secret of a new client accepted?", await this.#acceptance(this.#first));
    const before = await this.#read();
    const second = await this.#rotate();
    if (second === undefined) return;
    const shown = await this.#wait(async () => (await this.#read()).has_rotated_secret === true);
    this.#add("How soon does a read show the rotation?", shown);
    const after = await this.#read();
    this.#add("Does rotating move updated_at?", moved(before, after));
    this.#add("How soon is the new secret accepted?", await this.#acceptance(second));
    this.#add("Is the old secret accepted during the overlap?", await this.#verdict(this.#first));
    await this.#edit(second);
    const third = await this.#secondRotation(second);
    await this.#deletion(third === undefined ? [this.#first] : [this.#first, second], third ?? second);
  }

  async #proofs(): Promise<void> {
    for (const endpoint of ["token", "revocation"] as const) {
      const found = await inspectIssuer({ ...this.#issuer(), endpoints: [endpoint] });
      this.#add(
        `Does the ${endpoint} endpoint tell a wrong secret from a right one?`,
        found.endpoint ? await this.#verdictAt(endpoint) : `no: ${found.reason}`,
      );
    }
  }

  async #verdictAt(endpoint: "token" | "revocation"): Promise<string> {
    const { verdict } = await verifyClientSecret({
      ...this.#issuer(),
      endpoints: [endpoint],
      clientSecret: this.#first,
    });
    return verdict === "accepted" ? "yes" : `it refuses a wrong one, and a right one is ${verdict}`;
  }

  /** What changing a name changes besides, while there are two secrets. */
  async #edit(second: string): Promise<void> {
    const { client, accountId: account_id, signal } = this.#session;
    const question = "Does editing the client during the overlap disturb the rotation?";
    const verdicts = async () => ({ old: await this.#verdict(this.#first), new: await this.#verdict(second) });
    const [before, earlier] = [await this.#read(), await verdicts()];
    const params = { account_id, client_name: editedName };
    const edited = await client.iam.oauthClients.update(this.#clientId, params, { signal }).catch((error: unknown) => {
      if (!(error instanceof APIError) || signal.aborted) throw error;
      this.#add(question, `the edit is refused (${kindOf(error)})`);
    });
    if (!edited) return;
    const later = await verdicts();
    const changes = [
      ...changedFields(before, edited).filter((name) => name !== "client_name" && name !== "updated_at"),
      ...(["old", "new"] as const)
        .filter((which) => earlier[which] !== later[which])
        .map((which) => `the ${which} secret was ${earlier[which]} and is ${later[which]}`),
    ];
    this.#add(question, changes.length === 0 ? "no" : `yes: ${changes.join("; ")}`);
    this.#add("Does editing move updated_at?", moved(before, edited));
  }

  async #secondRotation(second: string): Promise<string | undefined> {
    const question = "What does a second rotation do, while an old secret waits?";
    const third = await this.#rotate(question);
    if (third === undefined) return undefined;
    const [first, middle] = [await this.#verdict(this.#first), await this.#verdict(second)];
    this.#add(question, `it makes a third secret; the first is ${first}, the second ${middle}`);
    return third;
  }

  async #deletion(old: readonly string[], newest: string): Promise<void> {
    const { client, accountId: account_id, signal } = this.#session;
    await client.iam.oauthClients.deleteRotatedSecret(this.#clientId, { account_id }, { signal });
    const gone = async () => (await Promise.all(old.map((secret) => this.#isAccepted(secret)))).every((one) => !one);
    this.#add("How soon are older secrets refused after they were deleted?", await this.#wait(gone));
    this.#add("Is the newest secret accepted after that?", await this.#verdict(newest));
    const again = await client.iam.oauthClients.deleteRotatedSecret(this.#clientId, { account_id }, { signal }).then(
      (result) => `answered well${result === null ? ", by null" : ""}; the newest secret is `,
      (error: unknown) => `refused (${kindOf(error)}); the newest secret is `,
    );
    this.#add("What does deleting do where there is no old secret?", again + (await this.#verdict(newest)));
  }

  /** @returns Undefined if it was refused, which answers the question. */
  async #rotate(question = "Can a new secret be made?"): Promise<string | undefined> {
    const { client, accountId: account_id } = this.#session;
    try {
      return (await client.iam.oauthClients.rotateSecret(this.#clientId, { account_id })).client_secret;
    } catch (error) {
      this.#session.signal.throwIfAborted();
      this.#add(question, `it is refused (${kindOf(error)})`);
      return undefined;
    }
  }

  async #read() {
    const { client, accountId: account_id, signal } = this.#session;
    return client.iam.oauthClients.get(this.#clientId, { account_id }, { signal });
  }

  #issuer(): IssuerOptions {
    const { issuer, fetch, signal } = this.#session;
    return { issuer, fetch, signal, clientId: this.#clientId, method };
  }

  async #verdict(secret: string): Promise<Verdict> {
    return (await verifyClientSecret({ ...this.#issuer(), clientSecret: secret })).verdict;
  }

  /** By one request, where three would take too long to tell when something changed. */
  async #isAccepted(secret: string): Promise<boolean> {
    const seen: (Verdict | undefined)[] = [];
    const enough = new AbortController();
    const options = { ...this.#issuer(), clientSecret: secret, signal: enough.signal };
    await verifyClientSecret({
      ...options,
      onEvent: (event) => {
        if (event.type !== "verdict" || event.control) return;
        seen.push(event.verdict);
        enough.abort(new Error("enough"));
      },
    }).catch(() => undefined);
    this.#session.signal.throwIfAborted();
    return seen[0] === "accepted";
  }

  async #acceptance(secret: string): Promise<string> {
    const start = Date.now();
    let first: number | undefined;
    const { verdict } = await verifyClientSecret({
      ...this.#issuer(),
      clientSecret: secret,
      onEvent: (event) => {
        if (event.type === "verdict" && !event.control && event.verdict === "accepted") first ??= Date.now();
      },
    });
    if (first === undefined) return `not within ${seconds(Date.now() - start)} (${verdict})`;
    return `within ${seconds(first - start)}${verdict === "accepted" ? "" : ", but not three times in a row"}`;
  }

  async #wait(happened: () => Promise<boolean>): Promise<string> {
    const start = Date.now();
    for (let gap = 250; ; gap *= 2) {
      if (await happened()) return `within ${seconds(Date.now() - start)}`;
      if (Date.now() - start > patience) return `not within ${seconds(patience)}`;
      await wait(Math.min(gap, 4000), this.#session.signal);
    }
  }
}

/** A name that only the API gives is not told: it could be anything. */
function changedFields(before: object, after: object): string[] {
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((name) => JSON.stringify(was.get(name)) !== JSON.stringify(is.get(name)))
    .map((name) => (/^[a-z_]{1,40}$/.test(name) ? name : "another field"));
}

function moved(before: { updated_at?: string }, after: { updated_at?: string }): string {
  if (after.updated_at === undefined) return "it is absent";
  return after.updated_at === before.updated_at ? "no" : "yes";
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Status and codes: what an error says without ids. */
function kindOf(error: unknown): string {
  if (!(error instanceof APIError)) return error instanceof Error ? error.name : "unknown";
  return [error.status ?? error.name, ...error.errors.map(({ code }) => `code ${code}`)].join(", ");
}
