import { describe, expect, test, vi } from "vitest";
import { exposureOf, leaksIn } from "./exposure.ts";
import { credentials, situations } from "./leak-situations.ts";

// The leak test is worth something only if it fails when nothing is redacted.
vi.mock("../../src/client/redact.ts", () => ({
  redact: (text: string) => text,
  redactHeaders: (headers: Headers) => headers,
}));

const revealing = new Set([
  "a good answer",
  "status 401 that repeats the request",
  "status 500 that repeats the request",
  "a refusal that repeats a part of the request",
  "a redirect that repeats the request",
  "a fetch that hangs the request on its error",
]);
const chosen = situations.filter(([name]) => revealing.has(name));

test("the situations are those of the leak test", () => {
  expect(chosen).toHaveLength(revealing.size);
});

describe.each(credentials)("%s", (_, marked) => {
  test.concurrent.for(chosen)("would be given away by %s", async ([, situation]) => {
    expect(leaksIn(await exposureOf(situation, marked), { ...marked, wholes: [] })).not.toEqual([]);
  });
});

test("the e-mail address would be given away as a whole", async () => {
  const found = chosen.flatMap(([, situation]) =>
    credentials
      .filter(([, { wholes }]) => wholes.length > 0)
      .map(async ([, marked]) => leaksIn(await exposureOf(situation, marked), { ...marked, secrets: [] })),
  );
  expect(await Promise.all(found)).toContainEqual(["marked.person@leaks.example"]);
});
