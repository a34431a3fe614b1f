import { describe, expect, test } from "vitest";
import { SinglePage } from "../../../src/client/index.ts";
import { documented, operationIds, rows } from "./operations.ts";
import { recordedClient } from "./prism.ts";

// The documented example, which has a result where a random answer may have null; and random answers, which nothing
// that is written down here or in the client could equal.
const answers: [kind: string, headers: Record<string, string>][] = [
  ["the documented example", {}],
  ["a random answer", { Prefer: "dynamic=true" }],
  ["another random answer", { Prefer: "dynamic=true" }],
];

/** What a method resolves to, as the part of the envelope that it stands for. */
function asServed(data: unknown): object {
  if (!(data instanceof SinglePage)) return { result: data };
  const { result, result_info } = data;
  return { result, ...(result_info && { result_info }) };
}

/** The part of an envelope that the methods of `client.iam` hand out. */
function handedOut(envelope: unknown): object {
  const { success, errors, messages, ...rest }: Record<string, unknown> = Object(envelope);
  return rest;
}

describe.each(operationIds)("%s", (id) => {
  test.each(answers)("gives, for %s, the result that was served", async (_, headers) => {
    const { client, exchanges } = recordedClient();
    const data = await rows[id].call(client, documented, { headers });
    expect(exchanges).toHaveLength(1);
    expect(asServed(data)).toStrictEqual(handedOut(exchanges[0]?.served));
  });

  test.each(answers)("gives, for %s and by client.api, the envelope that was served", async (_, headers) => {
    const { client, exchanges } = recordedClient();
    const { data, error } = await rows[id].api(client, documented, headers);
    expect(exchanges).toHaveLength(1);
    expect(data).toStrictEqual(exchanges[0]?.served);
    expect(error).toBeUndefined();
  });
});
