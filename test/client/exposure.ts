import { Cloudflare } from "../../src/client/index.ts";
import { show } from "../support/show.ts";
import { account, clientId, registration } from "./examples.ts";
import { clientSecret, type Marked, type Situation } from "./leak-situations.ts";
import { ScriptedServer } from "./scripted-server.ts";

/** What a user can come to see. */
export interface Exposed {
  /** Log lines, errors, and the client itself. */
  readonly shown: string;
  /** What successful calls gave, where a client secret is in its place. */
  readonly given: string;
}

/** Lets calls of all kinds meet a situation, and gathers what can be seen of it. */
export async function exposureOf({ step, fetch, options, headers }: Situation, marked: Marked): Promise<Exposed> {
  await using server = step && (await ScriptedServer.start(step));
  const shown: string[] = [];
  const given: string[] = [];
  const log = (...parts: unknown[]) =>
    void shown.push(parts.map((part) => (typeof part === "string" ? part : show(part))).join(" "));
  const client = new Cloudflare({
    maxRetries: 0,
    ...(server && { baseURL: server.url }),
    ...options,
    ...marked.options,
    fetch,
    logLevel: "debug",
    logger: { error: log, warn: log, info: log, debug: log },
  });
  const { iam, api } = client;
  const own = headers?.(marked);
  const path = { ...account, oauth_client_id: clientId };
  const calls: (() => Promise<unknown>)[] = [
    () => iam.oauthClients.rotateSecret(clientId, account, { headers: own }),
    () => iam.oauthClients.create(registration, { headers: own }),
    () => iam.oauthClients.get(clientId, account, { headers: own }),
    () => iam.oauthClients.list(account, { headers: own }),
    () =>
      iam.oauthClients
        .rotateSecret(clientId, account, { headers: own })
        .asResponse()
        .then(({ status }) => status),
    () =>
      api
        .POST("/accounts/{account_id}/oauth_clients/{oauth_client_id}/rotate_secret", {
          params: { path },
          ...(own && { headers: own }),
        })
        .then(async ({ error, response, data }) => {
          if (!response.ok) shown.push(show(error), show([...response.headers]), await response.text().catch(String));
          return data;
        }),
  ];
  shown.push(show(client));
  await Promise.all(
    calls.map(async (call) => {
      const promise = call();
      // While it is pending, and again when it is rejected.
      shown.push(show(promise));
      await promise.then(
        (value) => given.push(show(value)),
        (reason: unknown) => shown.push(show(reason), show(promise)),
      );
    }),
  );
  for (const value of [client, client.iam, client.api, client.withOptions({})]) shown.push(show(value));
  return { shown: shown.join("\n"), given: given.join("\n") };
}

/** The runs of six characters of a secret that stand in a text. */
function runsIn(text: string, secret: string): string[] {
  return Array.from({ length: secret.length - 5 }, (_, at) => secret.slice(at, at + 6)).filter((run) =>
    text.includes(run),
  );
}

/** What a situation gave away. */
export function leaksIn({ shown, given }: Exposed, { secrets, wholes }: Marked): string[] {
  const everything = `${shown}\n${given}`;
  return [
    ...secrets.flatMap((secret) => runsIn(everything, secret)),
    ...wholes.filter((whole) => everything.toLowerCase().includes(whole.toLowerCase())),
    ...runsIn(shown, clientSecret),
  ];
}
