import { describe, expect, test } from "vitest";
import { show } from "../support/show.ts";
import { exposureOf, leaksIn } from "./exposure.ts";
import { credentials, situations } from "./leak-situations.ts";

describe.each(credentials)("with %s", (_, marked) => {
  test.concurrent.for(situations)("nothing of it, nor of a client secret, is shown by %s", async ([, situation]) => {
    expect(leaksIn(await exposureOf(situation, marked), marked)).toEqual([]);
  });
});

describe("the search", () => {
  const [, token] = credentials[0] ?? [];
  const [secret = ""] = token?.secrets ?? [];

  test.each<[string, unknown]>([
    ["the message of an error", new Error(`x${secret}`)],
    ["a cause", new Error("x", { cause: new Error("y", { cause: new Error(secret) }) })],
    ["a property that is not enumerable", Object.defineProperty({}, "hidden", { value: secret })],
    ["a getter", Object.defineProperty({}, "computed", { get: () => secret })],
    ["headers", { headers: new Headers({ "X-One": secret }) }],
    ["a fulfilled promise", Promise.resolve({ secret })],
    ["six characters", `x${secret.slice(10, 16)}x`],
    ["what JSON shows alone", { toJSON: () => secret, [Symbol.for("nodejs.util.inspect.custom")]: () => "" }],
  ])("finds a secret in %s", (_, value) => {
    expect(token && leaksIn({ shown: show(value), given: "" }, token)).not.toEqual([]);
  });

  test("passes over five characters", () => {
    expect(token && leaksIn({ shown: `x${secret.slice(10, 15)}x`, given: "" }, token)).toEqual([]);
  });

  test("has log lines and errors to look at", async () => {
    const [, refused] = situations.find(([name]) => name.startsWith("status 401")) ?? [];
    const { shown } = await exposureOf(refused ?? {}, { options: { apiToken: "x" }, secrets: [], wholes: [] });
    for (const text of [
      "cloudflare-oauth-clients: POST http://127.0.0.1",
      "AuthenticationError: 401 Wrong:",
      "Cloudflare {",
    ])
      expect(shown).toContain(text);
  });
});
