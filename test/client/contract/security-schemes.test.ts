import { describe, expect, test } from "vitest";
import { apiEmail, apiKey, apiToken } from "../examples.ts";
import { documented, operationIds, rows } from "./operations.ts";
import { recordedClient, sendRaw } from "./prism.ts";

const schemes: [name: string, options: object, headers: Record<string, string>][] = [
  ["a token", { apiToken }, { authorization: `Bearer ${apiToken}` }],
  ["e-mail and key", { apiEmail, apiKey }, { "x-auth-email": apiEmail, "x-auth-key": apiKey }],
];

const incomplete: [name: string, headers: Record<string, string>][] = [
  ["no credentials", {}],
  ["an e-mail without a key", { "X-Auth-Email": apiEmail }],
  ["a key without an e-mail", { "X-Auth-Key": apiKey }],
];

describe.each(operationIds)("%s", (id) => {
  test.each(schemes)("is accepted with %s, which alone is sent", async (_, options, headers) => {
    const { client, exchanges } = recordedClient(options);
    await rows[id].call(client, documented);
    await rows[id].api(client, documented);
    expect(exchanges.map(({ status }) => status)).toEqual([200, 200]);
    for (const exchange of exchanges) {
      const sent = [...exchange.headers].filter(([name]) => /^authorization$|^x-auth-/.test(name));
      expect(Object.fromEntries(sent)).toEqual(headers);
    }
  });

  // Which the client would not send.
  test.each(incomplete)("is refused with %s", async (_, headers) => {
    const response = await sendRaw(id, documented, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get("sl-violations")).toContain("Invalid security scheme used");
  });
});
