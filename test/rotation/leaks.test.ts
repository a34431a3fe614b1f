import { beforeEach, describe, expect, test } from "vitest";
import { inspectRotation, type RotationOptions, type Sink } from "../../src/rotation/index.ts";
import type { SandboxOptions } from "../../src/sandbox/index.ts";
import { clientId, holdClock, Process, settle, World } from "../support/rotation-world.ts";
import { show } from "../support/show.ts";
import { FailingJournal } from "./failing-journal.ts";

beforeEach(() => holdClock());
// No six characters of these stand in any name, message or path.
const oldSecret = "Vq1Zx8Ky5Jw2Hn9Bt6Lr3";
const newSecret = "Gd7Ps4Fm0Xc1Wu5Te8Ay2";

/** A world whose secrets are these two; the sandbox makes up its own, so they are exchanged on the way. */
function marked(options: SandboxOptions = {}, journal = new FailingJournal()): World {
  const world = new World(
    {
      clients: [{ client_id: clientId, client_secret: oldSecret, token_endpoint_auth_method: "client_secret_post" }],
      ...options,
    },
    journal,
  );
  world.network = async (what, send, init) => {
    const actual = () => world.sandbox.secretsOf(clientId).at(-1) ?? "";
    if (what === "POST token" || what === "POST revoke")
      return send({ ...init, body: String(init.body).replace(newSecret, actual()) });
    const response = await send();
    if (what !== "POST rotate_secret") return response;
    return new Response((await response.text()).replace(actual(), newSecret), response);
  };
  return world;
}

/** Everything that a caller can come to see of some runs, but what is asked for by `revealSecret()`. */
async function shownBy(world: World, options: Partial<RotationOptions> = {}, commands = ["rotate"] as const) {
  const shown: string[] = [];
  const log = (...parts: unknown[]) => void shown.push(...parts.map(show));
  const logger = { error: log, warn: log, info: log, debug: log };
  const ends: unknown[] = [];
  for (const command of commands) {
    const process = new Process(world);
    const run = process.run(command, { finish: true, ...options }, { logger, logLevel: "debug" });
    const end = await settle(run).catch((error: unknown) => error);
    ends.push(end);
    shown.push(show(end), show(process.events));
  }
  const target = { accountId: world.sandbox.accountId, clientId };
  shown.push(show(await inspectRotation(target, world).catch((error: unknown) => error)));
  return { text: shown.join("\n"), end: ends.at(-1) };
}

/** The runs of six characters of the secrets that stand in a text. */
function leaks(text: string): string[] {
  return [oldSecret, newSecret]
    .flatMap((secret) => Array.from({ length: secret.length - 5 }, (_, at) => secret.slice(at, at + 6)))
    .filter((run) => text.includes(run));
}

/** A sink that fails in one way or another, and says what it was given. */
function indiscreet(world: World, failing: "deliver" | "readBack"): Sink {
  return {
    name: "service",
    deliver: async (secret) => {
      world.deployed = secret;
      if (failing === "deliver") throw new Error(`command failed: put ${secret}`, { cause: { argv: ["put", secret] } });
    },
    readBack: async () => {
      if (failing === "readBack") throw new Error(`unexpected content: ${world.deployed}`);
      return world.deployed;
    },
  };
}

test("what is shown of a rotation can be searched: it names what was done", async () => {
  const { text } = await shownBy(marked());
  expect(text).toContain("POST https://api.cloudflare.com");
  expect(text).toContain("phase: 'done'");
});

test("the new secret is in the journal until it is done, in the sink, and given by revealSecret()", async () => {
  const world = marked();
  const rotation = await settle(new Process(world).run("rotate"));

  expect((await world.latest())?.secret).toBe(newSecret);
  expect(world.deployed).toBe(newSecret);
  expect(rotation.revealSecret()).toBe(newSecret);
});

describe("neither secret is shown by events, errors, results or logs", () => {
  test.each<[string, () => [World, Partial<RotationOptions>?]]>([
    ["a rotation goes well", () => [marked()]],
    ["it rests", () => [marked(), { finish: false }]],
    [
      "the check says no",
      () => [marked(), { check: async () => false, sinks: [{ name: "a", deliver: async () => {} }] }],
    ],
    [
      "a sink fails",
      () => [marked(), { check: false, sinks: [{ name: "a", deliver: () => Promise.reject(new Error("no")) }] }],
    ],
    [
      "a sink was rolled back to the old secret",
      () => [marked(), { sinks: [{ name: "a", deliver: async () => {}, readBack: async () => oldSecret }] }],
    ],
    ["the secret is never learnt", () => [marked({ issuer: { learnsNever: true } })]],
    [
      "the issuer takes us for a robot",
      () => [marked({ faults: [{ operation: "token", kind: "challenge", skip: 1, times: 9 }] })],
    ],
    [
      "the response with the secret is cut just behind it",
      () => {
        const world = marked();
        world.network = async (what, send) => {
          if (what !== "POST rotate_secret") return send();
          return new Response(`{"success":true,"errors":[],"result":{"client_secret":"${newSecret}"`);
        };
        return [world];
      },
    ],
    [
      "the secret comes with a 500",
      () => {
        const world = marked();
        world.network = async (what, send) =>
          what === "POST rotate_secret"
            ? Response.json(
                { success: false, errors: [{ code: 1000, message: "x" }], result: { client_secret: newSecret } },
                { status: 500 },
              )
            : send();
        return [world];
      },
    ],
    [
      "the issuer repeats what it was sent",
      () => {
        const world = marked();
        const { network } = world;
        world.network = async (what, send, init) => {
          const body = String(init.body);
          return body.includes(newSecret)
            ? Response.json({ error: "server_error", error_description: body }, { status: 500, statusText: newSecret })
            : network(what, send, init);
        };
        return [world];
      },
    ],
    [
      "the connection to the issuer fails with the request in its hands",
      () => {
        const world = marked();
        const { network } = world;
        world.network = async (what, send, init) => {
          const body = String(init.body);
          if (body.includes(newSecret)) throw new TypeError(`fetch failed: ${body}`, { cause: new Error(body) });
          return network(what, send, init);
        };
        return [world];
      },
    ],
    [
      "the journal does not take the secret, nor any sink",
      () => {
        const journal = new FailingJournal();
        journal.writing = ({ phase }) => (phase === "issued" ? "before" : undefined);
        const sinks = [{ name: "a", deliver: () => Promise.reject(new Error("no")) }];
        return [marked({}, journal), { sinks, check: false }];
      },
    ],
    [
      "the run is ended while the secret is delivered",
      () => {
        const controller = new AbortController();
        const deliver = async () => controller.abort(new Error("SIGTERM"));
        return [marked(), { signal: controller.signal, check: false, sinks: [{ name: "a", deliver }] }];
      },
    ],
  ])("when %s", async (_, situation) => {
    const { text } = await shownBy(...situation());
    expect(leaks(text)).toEqual([]);
  });
});

describe("the caller's own code may say too much: neither secret is shown, but the failure is, when", () => {
  test.each<[string, string, (world: World) => Partial<RotationOptions>]>([
    ["a sink repeats the secret as it fails", "command failed", (world) => ({ sinks: [indiscreet(world, "deliver")] })],
    [
      "a read-back repeats the secret as it fails",
      "unexpected content",
      (world) => ({ sinks: [indiscreet(world, "readBack")] }),
    ],
    [
      "a verification repeats the secret as it fails",
      "login failed",
      () => ({ verify: (secret) => Promise.reject(new Error(`login failed: ${secret}`)) }),
    ],
    [
      "a journal repeats the entry as it fails",
      "could not put",
      (world) => ({
        journal: {
          latest: (key) => world.journal.latest(key),
          erase: (key, before) => world.journal.erase(key, before),
          append: (key, sequence, entry) =>
            entry.includes(newSecret)
              ? Promise.reject(new Error(`could not put ${entry}`))
              : world.journal.append(key, sequence, entry),
        },
      }),
    ],
  ])("%s", async (_, told, options) => {
    const world = marked();
    const { text } = await shownBy(world, options(world));

    expect(text).toContain(told);
    expect(leaks(text)).toEqual([]);
  });
});

test("the secret is in no address that is asked", async () => {
  const world = marked();
  await shownBy(world);
  expect(leaks(world.sandbox.requests.map(({ url }) => decodeURIComponent(url)).join("\n"))).toEqual([]);
});
