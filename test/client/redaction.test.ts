import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact, redactHeaders, withoutSecret } from "../../src/client/redact.ts";
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
    "X-ApiKey",
  ])("the value of %s is not shown", (name) => {
    const shown = redactHeaders(new Headers({ [name]: "hunter22" }), new Headers());
    expect([...shown]).toEqual([[name.toLowerCase(), "[redacted]"]]);
  });

  test("other headers are shown", () => {
    const headers = { "cf-ray": "8f0c2d-AMS", "content-type": "text/html", ratelimit: '"default";r=50;t=30' };
    expect(Object.fromEntries(redactHeaders(new Headers(headers), new Headers()))).toEqual(headers);
  });

  test.each([
    "no-authorization",
    "authorization-info",
    "no-cookie",
    "cookie-policy",
    "no-x-auth-email",
    "x-auth-email-verified",
  ])("one that only has such a name in its own is shown: %s", (name) => {
    expect(redactHeaders(new Headers({ [name]: "hunter22" }), new Headers()).get(name)).toBe("hunter22");
  });
});

describe("by value", () => {
  const bearer = new Headers({ Authorization: `Bearer ${apiToken}` });
  const pair = new Headers({ "X-Auth-Email": apiEmail, "X-Auth-Key": apiKey });

  test("a token is cut out, and what is around it stays", () => {
    expect(redact(`one ${apiToken} two ${apiToken} three`, bearer)).toBe("one [redacted] two [redacted] three");
  });

  test("a token twice in a row is one gap", () => {
    expect(redact(`one ${apiToken}${apiToken} two`, bearer)).toBe("one [redacted] two");
  });

  test("a part of six characters is cut out", () => {
    expect(redact(`one ${apiToken.slice(7, 13)} two`, bearer)).toBe("one [redacted] two");
  });

  test("a part of five characters stays, since it tells nothing", () => {
    expect(redact(`one ${apiToken.slice(7, 12)} two`, bearer)).toBe(`one ${apiToken.slice(7, 12)} two`);
  });

  test.each([
    ["", "abc"],
    ["b", "abc"],
    ["ab", "abc"],
    ["abc", "[redacted]"],
  ])("a credential as short as %j leaves of abc: %s", (key, left) => {
    expect(redact("abc", new Headers({ "X-Auth-Key": key }))).toBe(left);
  });

  test("what is no credential of the request stays, though the request has it too", () => {
    const request = new Headers({ Authorization: `Bearer ${apiToken}`, Accept: "application/json" });
    expect(redact("no application/json", request)).toBe("no application/json");
  });

  test("the name of a scheme stays; a credential that ends like one goes", () => {
    expect(redact("a Bearer token", bearer)).toBe("a Bearer token");
    expect(redact("a MyBearer token", new Headers({ Authorization: "MyBearer 12345678" }))).toBe("a [redacted] token");
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

describe("a client secret", () => {
  // Every sixth character at most is one that base64, URLs or JSON write otherwise, so that no run of six is left plain.
  const secret = 'pé"q/w"r+t"y';

  test.each<[string, (text: string) => string]>([
    ["as it is", (text) => text],
    ["in base64", (text) => Buffer.from(text).toString("base64")],
    ["in a URL", encodeURIComponent],
    ["in JSON", (text) => JSON.stringify(text).slice(1, -1)],
  ])("is cut out %s", (_, write) => {
    expect(withoutSecret(`put <${write(secret)}> there`, secret)).toBe("put <[redacted]> there");
  });

  test("that is short is cut out of JSON too", () => {
    expect(withoutSecret(JSON.stringify({ put: 'a"b' }), 'a"b')).toBe('{"put":"[redacted]"}');
  });
});
