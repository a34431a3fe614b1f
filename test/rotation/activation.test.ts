import { createHash } from "node:crypto";
import { beforeEach, expect, test, vi } from "vitest";
import { failure, holdClock, Process, settle, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());

/** A service that uses what its store has only once it is restarted. */
function service(world: World) {
  let stored = world.deployed;
  const restart = vi.fn(async (_sha256: string) => {
    world.deployed = stored;
  });
  const sink = {
    name: "store",
    deliver: async (secret: string) => {
      stored = secret;
    },
    readBack: async () => stored,
  };
  const check = async (sha256: string) => createHash("sha256").update(world.deployed).digest("hex") === sha256;
  return { restart, options: { sinks: [sink], check, activate: restart } };
}

test("comes after the delivery and before the checks, once, and gets the digest alone", async () => {
  const world = new World();
  const { restart, options } = service(world);
  const process = new Process(world);
  const { sha256, phase } = await settle(process.run("rotate", options));
  expect(phase).toBe("verified");
  expect(restart.mock.calls.map(([digest]) => digest)).toEqual([sha256]);
  const order = process.events
    .map(({ type }) => type)
    .filter((type) => ["deliver", "activate", "check"].includes(type));
  expect(order).toEqual(["deliver", "activate", "check", "check", "check"]);
  expect(await settle(new Process(world).run("finish", options))).toMatchObject({ phase: "done" });
  expect(restart).toHaveBeenCalledTimes(1);
});

test("if it fails nothing is deleted, and it is made again when the rotation is resumed", async () => {
  const world = new World();
  const { restart, options } = service(world);
  restart.mockRejectedValueOnce(new Error("no such deployment"));
  const error = await failure(new Process(world).run("rotate", { ...options, finish: true }));
  expect(error).toMatchObject({ code: "delivery-failed", phase: "delivered", nextStep: "resume" });
  expect(error.message).toContain("Every sink took the new secret, but the activation failed: no such deployment.");
  expect(world.deletes).toBe(0);
  expect(await settle(new Process(world).run("resume", options))).toMatchObject({ phase: "done" });
  expect(restart).toHaveBeenCalledTimes(2);
});

test("does not bring in a secret that the issuer refuses: it may have died since it was stored", async () => {
  const world = new World();
  const { restart, options } = service(world);
  const before = world.deployed;
  const error = await failure(new Process(world).run("rotate", { ...options, verify: async () => "refused" }));
  expect(error).toMatchObject({ code: "verification-failed", phase: "delivered" });
  expect(restart).not.toHaveBeenCalled();
  expect(world.deployed).toBe(before);
});

test("is written down: a check that fails after it does not have it made again", async () => {
  const world = new World();
  const { restart, options } = service(world);
  const error = await failure(new Process(world).run("rotate", { ...options, check: async () => false }));
  expect(error.code).toBe("check-failed");
  expect(await settle(new Process(world).run("resume", options))).toMatchObject({ phase: "verified" });
  expect(restart).toHaveBeenCalledTimes(1);
});

test("is made again after another delivery", async () => {
  const world = new World();
  const { restart, options } = service(world);
  await settle(new Process(world).run("rotate", options));
  await settle(new Process(world).run("resume", { ...options, redeliver: ["store"] }));
  expect(restart).toHaveBeenCalledTimes(2);
});

test.each(["resume", "finish"] as const)(
  "is made by %s if it is given only then, and the checks come after it",
  async (command) => {
    const world = new World();
    const { restart, options } = service(world);
    await settle(new Process(world).run("rotate", { ...options, activate: undefined, check: undefined }));
    const process = new Process(world);
    await settle(process.run(command, options));
    expect(restart).toHaveBeenCalledTimes(1);
    const order = process.events
      .map(({ type }) => type)
      .filter((type) => ["activate", "confirm", "check"].includes(type));
    expect(order.slice(0, 3)).toEqual(["activate", "confirm", "check"]);
    await settle(new Process(world).run("finish", options));
    expect(restart).toHaveBeenCalledTimes(1);
  },
);

test("another one is made although a mistaken one has succeeded, and that one is not made again", async () => {
  const world = new World();
  const { restart, options } = service(world);
  const mistaken = Object.assign(
    vi.fn(async () => {}),
    { spec: "restart another" },
  );
  expect(await failure(new Process(world).run("rotate", { ...options, activate: mistaken }))).toMatchObject({
    code: "check-failed",
  });
  expect((await failure(new Process(world).run("resume", { ...options, activate: mistaken }))).code).toBe(
    "check-failed",
  );
  const right = Object.assign(restart, { spec: "restart" });
  expect(await settle(new Process(world).run("resume", { ...options, activate: right }))).toMatchObject({
    phase: "verified",
  });
  expect(await settle(new Process(world).run("finish", { ...options, activate: right }))).toMatchObject({
    phase: "done",
  });
  expect([mistaken.mock.calls.length, restart.mock.calls.length]).toEqual([1, 1]);
});

test("one that cannot run keeps a rotation from beginning", async () => {
  const world = new World();
  const { options } = service(world);
  const preflight = async () => {
    throw new Error("there is no program systemctl");
  };
  const activate = Object.assign(async () => {}, { preflight });
  const error = await failure(new Process(world).run("rotate", { ...options, activate }));
  expect(error).toMatchObject({ code: "delivery-failed", phase: undefined });
  expect(error.message).toContain("The activation could not run: there is no program systemctl.");
  expect(world.posts).toBe(0);
});

test("a secret that the service repeats is not in the message", async () => {
  const world = new World();
  const { restart, options } = service(world);
  restart.mockImplementationOnce(async () => {
    const latest = await world.latest();
    throw new Error(`refused ${latest?.secret}`);
  });
  const error = await failure(new Process(world).run("rotate", options));
  const { secret = "" } = (await world.latest()) ?? {};
  expect(secret).not.toBe("");
  expect(error.message).not.toContain(secret);
});
