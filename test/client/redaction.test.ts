import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact, redactHeaders } from "../../src/client/redact.ts";
import { apiEmail, apiKey, apiToken } from "./examples.ts";

describe("by name", () => {
  test.each([
    "Authorization",
    "AUTHORIZATION",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
    "X-Auth-Email",
    "x-auth-key",
    "X-Auth-User-Service-Key",
    "CF-Access-Client-Secret",
    "Cf-Access-Token",
    "X-Api-Key",
  ])("the value of %s is not shown", (name) => {
    const shown = redactHeaders(new Headers({ [name]: "hunter22" }), new Headers());
    expect([...shown]).toEqual([[name.toLowerCase(), "[redacted]"]]);
  });

  test("other headers are shown", () => {
    const headers = { "cf-ray": "8f0c2d-AMS", "content-type": "text/html", ratelimit: '"default";r=50;t=30' };
    expect(Object.fromEntries(redactHeaders(new Headers(headers), new Headers()))).toEqual(headers);
  });
});

describe("by value", () => {
  const bearer = new Headers({ Authorization: `Bearer ${apiToken}` });
  const pair = new Headers({ "X-Auth-Email": apiEmail, "X-Auth-Key": apiKey });

  test("a token is cut out, and what is around it stays", () => {
    expect(redact(`one ${apiToken} two ${apiToken} three`, bearer)).toBe("one [redacted] two [redacted] three");
  });

  test("a part of six characters is cut out", () => {
    expect(redact(`one ${apiToken.slice(7, 13)} two`, bearer)).toBe("one [redacted] two");
  });

  test("a part of five characters stays, since it tells nothing", () => {
    expect(redact(`one ${apiToken.slice(7, 12)} two`, bearer)).toBe(`one ${apiToken.slice(7, 12)} two`);
  });

  test("an e-mail address is cut out as a whole, and its domain stays where it stands alone", () => {
    expect(redact(`${apiEmail} at example.com`, pair)).toBe("[redacted] at example.com");
  });

  test("a key is cut out of a header of any name", () => {
    const shown = redactHeaders(new Headers({ "X-Echo": `key=${apiKey}` }), pair);
    expect(shown.get("x-echo")).toBe("key=[redacted]");
  });

  test("no six characters of a token are left, wherever and however often they stand", () => {
    const token = fc.stringMatching(/^[!-~]{6,40}$/);
    fc.assert(
      fc.property(token, fc.array(fc.tuple(fc.string(), fc.nat(40), fc.nat(40))), fc.string(), (secret, parts, end) => {
        // Whatever the notice itself has would be found again.
        fc.pre(!/[redact]{6}/.test(secret));
        const text = parts.map(([before, from, to]) => before + secret.slice(from, to)).join("") + end;
        const left = redact(text, new Headers({ Authorization: `Bearer ${secret}` }));
        for (let at = 0; at + 6 <= secret.length; at++) expect(left).not.toContain(secret.slice(at, at + 6));
      }),
    );
  });

  test("a text without the token stays as it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes(apiToken.slice(0, 1)));
        expect(redact(text, new Headers({ Authorization: `Bearer ${apiToken.slice(0, 6)}` }))).toBe(text);
      }),
    );
  });
});
