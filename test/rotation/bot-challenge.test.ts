import { beforeEach, describe, expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/index.ts";
import { failure, holdClock, Process, settle, World } from "../support/rotation-world.ts";
import { newest, probes, rotatedSandbox, verify } from "./probing.ts";

beforeEach(() => holdClock());
/** The issuer takes us for a robot, from the request after so many on. */
function challenges(skip = 0): Fault[] {
  return (["token", "revocation"] as const).map((operation) => ({
    operation,
    kind: "challenge",
    skip,
    times: Infinity,
  }));
}

/** What identifies the challenge to the vendor's support, and no more. */
function expectToldOf(message: string): void {
  expect(message).toContain("403");
  expect(message).toContain("text/html");
  expect(message).toContain("8f0e1d2c3b4a5968-FRA");
  expect(message).not.toMatch(/<|Just a moment/);
}

test("a challenge says nothing of a secret, and is not met more than twice for each endpoint", async () => {
  const sandbox = rotatedSandbox(undefined, { faults: challenges() });

  const { verdict, reason } = await verify(sandbox);

  expect(verdict).toBe("inconclusive");
  expectToldOf(reason);
  expect(probes(sandbox, "token")).toHaveLength(2);
  expect(probes(sandbox, "revocation")).toHaveLength(2);
});

test("a challenge after the control is met no more than twice", async () => {
  const sandbox = rotatedSandbox(undefined, { faults: challenges(1) });

  const { verdict, reason } = await verify(sandbox);

  expect(verdict).toBe("inconclusive");
  expectToldOf(reason);
  expect(sandbox.requests.filter(({ secret }) => secret === newest(sandbox))).toHaveLength(2);
});

test("where only the token endpoint is challenged, the revocation endpoint verifies the secret", async () => {
  const sandbox = rotatedSandbox(undefined, { faults: challenges().slice(0, 1) });
  expect(await verify(sandbox)).toMatchObject({ verdict: "accepted" });
});

test("a challenged discovery document does not matter", async () => {
  const faults: Fault[] = [{ operation: "discovery", kind: "challenge", times: Infinity }];
  expect(await verify(rotatedSandbox(undefined, { faults }))).toMatchObject({ verdict: "accepted" });
});

describe("a rotation that is challenged from the start", () => {
  test("is refused by the control, with nothing changed", async () => {
    const world = new World({ faults: challenges() });

    const error = await failure(new Process(world).run("rotate"));

    expect(error).toMatchObject({ code: "verification-inconclusive", phase: undefined, nextStep: "rotate" });
    expectToldOf(error.message);
    expect(error.message).toContain("Nothing was changed");
    expect(error.message).toContain("another network");
    expect(error.message).toContain("verify in another way");
    expect(error.message).toContain("decline the verification");
    expect(world.posts).toBe(0);
    expect(await world.latest()).toBeUndefined();
  });

  test("can be verified in the caller's own way", async () => {
    const world = new World({ faults: challenges() });
    const seen: string[] = [];
    const verify = async (secret: string) => {
      seen.push(secret);
      return "accepted" as const;
    };

    expect(await settle(new Process(world).run("rotate", { finish: true, verify }))).toMatchObject({ phase: "done" });
    expect(new Set(seen)).toEqual(new Set([world.deployed]));
    expect(probes(world.sandbox, "token")).toEqual([]);
  });

  test("can rely on a read-back where the verification is declined", async () => {
    const world = new World({ faults: challenges() });
    expect(await settle(new Process(world).run("rotate", { finish: true, verify: false }))).toMatchObject({
      phase: "done",
      confirmations: { service: { by: "read-back" } },
    });
  });
});

describe("a rotation that is challenged after the secret was issued", () => {
  async function challenged(): Promise<World> {
    const world = new World({ faults: challenges(1) });
    const error = await failure(new Process(world).run("rotate", { finish: true }));
    expect(error).toMatchObject({ code: "verification-inconclusive", phase: "delivered", nextStep: "resume" });
    expectToldOf(error.message);
    return world;
  }

  test("keeps the secret in the journal and deletes nothing", async () => {
    const world = await challenged();
    expect((await world.latest())?.secret).toBe(world.deployed);
    expect(world.deletes).toBe(0);
  });

  test("is resumed at the verification, without delivering again", async () => {
    const world = await challenged();
    world.sandbox.faults.length = 0;

    const resume = new Process(world);
    expect(await settle(resume.run("resume"))).toMatchObject({ phase: "done" });

    expect(resume.events.map(({ type }) => type)).not.toContain("deliver");
    expect([world.posts, world.deletes]).toEqual([1, 1]);
  });

  test("stays where it is while the challenges last", async () => {
    const world = await challenged();
    expect(await failure(new Process(world).run("resume"))).toMatchObject({
      code: "verification-inconclusive",
      phase: "delivered",
      nextStep: "resume",
    });
    expect(world.deletes).toBe(0);
  });
});

describe("the caller's own verification", () => {
  test("that refuses the secret ends the rotation with nothing deleted", async () => {
    const world = new World();
    const verify = async () => "refused" as const;
    expect(await failure(new Process(world).run("rotate", { finish: true, verify }))).toMatchObject({
      code: "verification-failed",
      phase: "delivered",
    });
    expect(world.deletes).toBe(0);
  });

  test("that fails says nothing of the secret", async () => {
    const world = new World();
    const verify = async () => {
      throw new Error("no such command");
    };
    const error = await failure(new Process(world).run("rotate", { verify }));
    expect(error).toMatchObject({ code: "verification-inconclusive", phase: "delivered" });
    expect(error.message).toContain("no such command");
  });
});

test("a challenge in the API's place is no refusal of the credentials", async () => {
  const world = new World({ faults: [{ operation: "oauth-clients-get", kind: "challenge", times: 9 }] });
  const error = await failure(new Process(world).run("rotate"));
  expect(error).toMatchObject({ code: "api-failed", nextStep: "rotate" });
  expect(error.message).toContain("403");
  expect(world.posts).toBe(0);
});
