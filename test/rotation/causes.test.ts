import { beforeEach, expect, test, vi } from "vitest";
import { APIError } from "../../src/client/index.ts";
import { failure, holdClock, Process, settle, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
test("the cause of an error is the client's error, where that is why", async () => {
  const world = new World({ faults: [{ operation: "oauth-clients-get", kind: "challenge" }] });

  const { cause } = await failure(new Process(world).run("rotate"));
  expect(cause).toBeInstanceOf(APIError);
  expect(cause).toMatchObject({ status: 403 });
});

test("the cause of an error is what the caller's code said, without the new secret", async () => {
  const world = new World();
  const deliver = async (secret: string) => {
    throw Object.assign(new Error(`no room for ${secret}`), { argv: [secret] });
  };

  const { cause } = await failure(new Process(world).run("rotate", { sinks: [{ name: "a", deliver }], check: false }));
  expect(cause).toEqual(new Error("no room for [redacted]"));
  expect(cause).not.toHaveProperty("argv");
});

test("what the caller's code has thrown is not kept, though it is named like an error of the client", async () => {
  const world = new World();
  const deliver = async (secret: string) => {
    throw Object.assign(new Error(`no room for ${secret}`), {
      name: "CloudflareError",
      outcome: "unknown",
      argv: [secret],
    });
  };

  const { cause } = await failure(new Process(world).run("rotate", { sinks: [{ name: "a", deliver }], check: false }));
  expect(cause).toEqual(new Error("no room for [redacted]"));
  expect(cause).not.toHaveProperty("argv");
});

test("the cause of an error is what the journal said, where it could not be read", async () => {
  const world = new World();
  const reason = new Error("EACCES: permission denied");
  vi.spyOn(world.journal, "latest").mockRejectedValue(reason);

  expect((await failure(new Process(world).run("rotate"))).cause).toBe(reason);
});

test("an error that nothing else has caused has no cause", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate", { overlap: 1000 }));
  const error = await failure(new Process(world).run("finish"));
  expect(error.code).toBe("overlap-not-over");
  expect("cause" in error).toBe(false);
});
