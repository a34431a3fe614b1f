import { beforeEach, expect, test, vi } from "vitest";
import Cloudflare from "../../src/client/index.ts";
import { finishRotation, MemoryJournal, rotateClientSecret } from "../../src/rotation/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { clientId, holdClock, settle } from "../support/rotation-world.ts";

beforeEach(() => holdClock());

test("a whole rotation contacts the API and the issuer, and nobody else", async () => {
  const { apiToken, accountId, fetch } = createSandbox();
  const origins = new Set<string>();
  // What is given no `fetch` of its own uses this one.
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    origins.add(new URL(url).origin);
    return fetch(url, init);
  });
  const client = new Cloudflare({ apiToken });
  const sinks = [{ name: "service", deliver: async () => undefined }];
  const options = { journal: new MemoryJournal(), sinks, check: async () => true };
  await settle(rotateClientSecret(client, { accountId, clientId }, options));
  const finished = await settle(finishRotation(client, { accountId, clientId }, options));

  expect(finished).toMatchObject({ phase: "done" });
  expect([...origins].sort()).toEqual(["https://api.cloudflare.com", "https://dash.cloudflare.com"]);
});
