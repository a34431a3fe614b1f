import { describe, expect, test } from "vitest";
import { Cloudflare } from "../../src/client/index.ts";
import { account, apiToken, clientId, failureOf } from "./examples.ts";
import { outcomeTable, renderOutcomeTable, type Situation } from "./outcome-table.ts";
import { closedPort, ScriptedServer } from "./scripted-server.ts";

async function requestsAndFailure(
  { step, name }: Situation,
  call: (client: Cloudflare) => Promise<unknown>,
): Promise<{ requests: string[]; error: Awaited<ReturnType<typeof failureOf>> }> {
  await using server = step === "closed port" ? undefined : await ScriptedServer.start(step);
  const requests: string[] = [];
  const client = new Cloudflare({
    apiToken,
    baseURL: server?.url ?? closedPort,
    maxRetries: 1,
    // Short where it is what ends the attempt, long enough for a busy machine where it is not.
    timeout: name.includes("timeout") ? 150 : 10_000,
    // Counted where they are sent, since not all of them arrive.
    fetch: (url, init) => {
      requests.push(`${init.method}`);
      return fetch(url, init);
    },
  });
  return { error: await failureOf(call(client)), requests };
}

describe.concurrent.each(outcomeTable)("$name", (situation) => {
  const { error: errorClass, outcome, rotateIsRepeated, readIsRepeated } = situation;

  test(`rotateSecret is sent ${rotateIsRepeated ? "again" : "once"}, and its outcome is ${outcome}`, async () => {
    const { requests, error } = await requestsAndFailure(situation, (client) =>
      client.iam.oauthClients.rotateSecret(clientId, account),
    );
    expect(requests).toEqual(rotateIsRepeated ? ["POST", "POST"] : ["POST"]);
    expect([error.constructor, error.outcome]).toEqual([errorClass, outcome]);
  });

  test(`get is sent ${readIsRepeated ? "again" : "once"}`, async () => {
    const { requests, error } = await requestsAndFailure(situation, (client) =>
      client.iam.oauthClients.get(clientId, account),
    );
    expect(requests).toEqual(readIsRepeated ? ["GET", "GET"] : ["GET"]);
    expect([error.constructor, error.outcome]).toEqual([errorClass, outcome]);
  });
});

test("the table names each situation once, with statuses of which the same is true in one row", () => {
  const table = renderOutcomeTable();
  const [, , ...lines] = table.trimEnd().split("\n");
  const shown = lines.flatMap((line) => {
    const [, first = ""] = line.split(" | ")[0]?.match(/^\| (.+)$/) ?? [];
    return first.startsWith("status ") && /^[\d, ]+$/.test(first.slice(7)) ? first.slice(7).split(", ") : [first];
  });
  expect([...shown].sort()).toEqual(outcomeTable.map(({ name }) => name.replace(/^status (\d+)$/, "$1")).sort());
  expect(table).toContain('| status 429 | sent again | sent again | `RateLimitError` | `"not-applied"` |\n');
  expect(table).toContain("| status 500, 502, 503, 504, 520, 521, 522, 523, 524 | sent once | sent again |");
});
