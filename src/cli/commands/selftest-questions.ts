import { APIError } from "../../client/errors.ts";
import type { OAuthClientCreateResponse } from "../../client/iam.ts";
import { wait } from "../../client/wait.ts";
import { changedFields } from "../../rotation/changed-fields.ts";
import { type IssuerOptions, inspectIssuer, type Verdict, verifyClientSecret } from "../../rotation/index.ts";
import type { Session } from "../session/session.ts";

/** How the temporary client authenticates. */
export const method = "client_secret_basic";
/** What the temporary client is called once it was edited. */
export const editedName = "cf-oauth selftest, edited, may be deleted";
/** Milliseconds for which a change is waited for until it shows. */
const patience = 60_000;

/** The questions that the documentation leaves open, asked of one temporary client. */
export class Trial {
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

  /** Whether an edit during the overlap changes more than the name. */
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
      ...changedFields(before, edited)
        .filter((name) => name !== "client_name" && name !== "updated_at")
        // A name that only the API gives could be anything, so it is not told.
        .map((name) => (/^[a-z_]{1,40}$/.test(name) ? name : "another field")),
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
      (result) => `it succeeds${result === null ? " with the result null" : ""}; the newest secret is `,
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

function moved(before: { updated_at?: string }, after: { updated_at?: string }): string {
  if (after.updated_at === undefined) return "it is absent";
  return after.updated_at === before.updated_at ? "no" : "yes";
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Status and codes: what an error says without ids. */
export function kindOf(error: unknown): string {
  if (!(error instanceof APIError)) return error instanceof Error ? error.name : "unknown";
  return [error.status ?? error.name, ...error.errors.map(({ code }) => `code ${code}`)].join(", ");
}
