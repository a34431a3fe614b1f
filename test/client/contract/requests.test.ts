import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { operations } from "../../../generated/operations.ts";
import { anyInput } from "./inputs.ts";
import { documented, operationIds, rows } from "./operations.ts";
import { pathOf, recordedClient } from "./prism.ts";

describe.each(operationIds)("%s", (id) => {
  test("sends what it is given, to the operation's path, as the description allows", async () => {
    await fc.assert(
      fc.asyncProperty(anyInput, fc.constantFrom("call" as const, "api" as const), async (input, way) => {
        const { client, exchanges } = recordedClient();
        await rows[id][way](client, input);
        const { method } = operations[id];
        expect(exchanges).toMatchObject([{ method, path: pathOf(id, input), status: 200, violations: null }]);
        expect(exchanges[0]?.sent).toEqual(rows[id].body(input));
      }),
      // Most of what there is to vary is in a body. On a very busy machine, as many as there is time for.
      { numRuns: rows[id].body(documented) ? 50 : 10, interruptAfterTimeLimit: 3000 },
    );
  });

  test("has a content type if it has a body, and else none", async () => {
    const { client, exchanges } = recordedClient();
    await rows[id].call(client, documented);
    await rows[id].api(client, documented);
    const type = rows[id].body(documented) ? "application/json" : null;
    expect(exchanges.map(({ headers }) => headers.get("content-type"))).toEqual([type, type]);
  });
});
