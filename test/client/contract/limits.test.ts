import { describe, expect, test } from "vitest";
import { operations } from "../../../generated/operations.ts";
import { CloudflareError } from "../../../src/client/index.ts";
import { accountId, apiToken } from "../examples.ts";
import { documented, operationIds, rows } from "./operations.ts";
import { recordedClient, sendRaw } from "./prism.ts";

const bearer = { Authorization: `Bearer ${apiToken}` };

const lengths: [about: string, account_id: string, violation: string][] = [
  ["31 characters", accountId.slice(1), "minLength"],
  ["33 characters", `${accountId}0`, "maxLength"],
];

describe.each(operationIds.filter((id) => "account_id" in operations[id].pathParameters))("%s", (id) => {
  describe.each(lengths)("with an account id of %s", (_, account_id, violation) => {
    const input = { ...documented, account_id };

    test("is refused by the description", async () => {
      const response = await sendRaw(id, input, bearer);
      expect(response.status).toBe(422);
      expect(JSON.parse(response.headers.get("sl-violations") ?? "")).toMatchObject([
        { location: ["request", "path", "account_id"], code: violation },
      ]);
    });

    test("is refused by the client, which sends nothing", async () => {
      const { client, exchanges } = recordedClient();
      await expect(rows[id].call(client, input)).rejects.toThrow(CloudflareError);
      await expect(rows[id].api(client, input)).rejects.toThrow(CloudflareError);
      expect(exchanges).toEqual([]);
    });
  });
});

// A character outside the Basic Multilingual Plane is two UTF-16 units.
test.each([
  ["31 characters in 32 UTF-16 units", `😀${accountId.slice(2)}`, 422, 0],
  ["32 characters in 33 UTF-16 units", `😀${accountId.slice(1)}`, 200, 1],
])("an account id of %s is sent exactly if the description allows it", async (_, account_id, status, sent) => {
  const input = { ...documented, account_id };
  expect(await sendRaw("oauth-clients-get", input, bearer)).toHaveProperty("status", status);

  const { client, exchanges } = recordedClient();
  const outcome = rows["oauth-clients-get"].call(client, input);
  await Promise.allSettled([outcome]);
  expect(exchanges).toHaveLength(sent);
});
