import { describe, expect, test } from "vitest";
import description from "../../../generated/openapi.json" with { type: "json" };
import { type OperationId, operations } from "../../../generated/operations.ts";
import {
  type APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from "../../../src/client/index.ts";
import { failureOf } from "../examples.ts";
import { documented, operationIds, rows } from "./operations.ts";
import { recordedClient } from "./prism.ts";

const { responses, examples } = description.components;

/** What each refusal of the description comes to; one that is new there does not compile until it stands here. */
const refusals: Record<keyof typeof responses, [status: number, kind: typeof APIError]> = {
  Failure: [400, BadRequestError],
  Unauthorized: [401, AuthenticationError],
  Forbidden: [403, PermissionDeniedError],
  NotFound: [404, NotFoundError],
  Conflict: [409, ConflictError],
  Unprocessable: [422, UnprocessableEntityError],
  TooManyRequests: [429, RateLimitError],
};

/** An example of the description, and the response that has it. */
const exampleOf = (response: keyof typeof responses) => {
  const [name = ""] = Object.keys(responses[response].content["application/json"].examples);
  return examples[name as keyof typeof examples].value as { errors: object[] };
};

/** The responses that an operation has, by status. */
function describedOf(id: OperationId): Record<string, object> {
  const paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> = description.paths;
  const operation = Object(paths[operations[id].path]?.[operations[id].method.toLowerCase()]);
  return operation.responses;
}

const cases = operationIds.flatMap((id) =>
  Object.entries(refusals)
    .map(([name, [status, kind]]) => ({ id, name: name as keyof typeof refusals, status, kind }))
    .filter(({ name }) => JSON.stringify(describedOf(id)).includes(`/responses/${name}"`))
    // No name of an example: the mock server has to find it by the status alone.
    .map((found) => ({ ...found, value: exampleOf(found.name), prefer: { Prefer: `code=${found.status}` } })),
);

test("each refusal has an example of its own", () => {
  const names = Object.keys(refusals) as (keyof typeof refusals)[];
  const texts = names.map((name) => JSON.stringify(exampleOf(name)));
  expect(new Set(texts).size).toBe(texts.length);
  expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(names));
});

describe.each(cases)("$id, answered with $status", ({ id, status, kind, value, prefer }) => {
  test("rejects with the class of the status and the documented reasons", async () => {
    const { client, exchanges } = recordedClient();
    const error = await failureOf(Promise.resolve(rows[id].call(client, documented, { headers: prefer })));
    expect(error.constructor).toBe(kind);
    expect(error.status).toBe(status);
    expect(error.errors).toEqual(value.errors);
    expect(error.outcome).toBe("not-applied");
    expect(exchanges).toMatchObject([{ status, violations: null, served: value }]);
  });

  test("gives, by client.api, the documented envelope as the error", async () => {
    const { client } = recordedClient();
    const { data, error, response } = await rows[id].api(client, documented, prefer);
    expect(data).toBeUndefined();
    expect(error).toEqual(value);
    expect(response.status).toBe(status);
  });
});
