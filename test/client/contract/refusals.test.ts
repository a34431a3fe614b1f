import { describe, expect, test } from "vitest";
import description from "../../../generated/openapi.json" with { type: "json" };
import {
  type APIError,
  AuthenticationError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "../../../src/client/index.ts";
import { failureOf } from "../examples.ts";
import { documented, operationIds, rows } from "./operations.ts";
import { recordedClient } from "./prism.ts";

const examples = description.components.responses.Failure.content["application/json"].examples;

/** What each refusal of the description comes to; one that is new there does not compile until it stands here. */
const refusals: Record<keyof typeof examples, [status: number, kind: typeof APIError]> = {
  badToken: [401, AuthenticationError],
  missingPermission: [403, PermissionDeniedError],
  unknownClient: [404, NotFoundError],
  throttled: [429, RateLimitError],
};

const cases = Object.entries(refusals).map(([name, [status, kind]]) => {
  const { value } = description.components.examples[name as keyof typeof refusals];
  return { name, status, kind, value, prefer: { Prefer: `code=${status}, example=${name}` } };
});

describe.each(operationIds)("%s", (id) => {
  test.each(cases)("rejects with the class for $status and the documented reasons of $name", async (refusal) => {
    const { client, exchanges } = recordedClient();
    const error = await failureOf(Promise.resolve(rows[id].call(client, documented, { headers: refusal.prefer })));
    expect(error.constructor).toBe(refusal.kind);
    expect(error.status).toBe(refusal.status);
    expect(error.errors).toEqual(refusal.value.errors);
    expect(error.outcome).toBe("not-applied");
    expect(exchanges).toMatchObject([{ status: refusal.status, violations: null, served: refusal.value }]);
  });

  test.each(cases)("gives, by client.api, the envelope of $name as the error", async (refusal) => {
    const { client } = recordedClient();
    const { data, error, response } = await rows[id].api(client, documented, refusal.prefer);
    expect(data).toBeUndefined();
    expect(error).toEqual(refusal.value);
    expect(response.status).toBe(refusal.status);
  });
});
