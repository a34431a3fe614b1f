import { beforeEach, expect, test } from "vitest";
import { clientId, holdClock, Process, settle, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
test("a plain rotation makes seven requests, and its finish ten", async () => {
  const world = new World();
  const rotating = new Process(world);
  await settle(rotating.run("rotate"));
  expect(rotating.sent).toEqual([
    `GET ${clientId}`, // what it was before
    "POST token", // the negative control: can secrets be verified from here?
    "POST rotate_secret",
    `GET ${clientId}`, // the baseline, by which a later change is seen
    "POST token",
    "POST token",
    "POST token",
  ]);

  const finishing = new Process(world);
  await settle(finishing.run("finish"));
  expect(finishing.sent.length + rotating.sent.length).toBeLessThanOrEqual(18);
  expect(finishing.sent).toEqual([
    `GET ${clientId}`, // the authentication method, the flag, the server's clock
    "POST token", // the negative control
    "POST token",
    "POST token",
    "POST token",
    `GET ${clientId}`, // has anybody changed it since?
    "DELETE rotate_secret",
    "POST token",
    "POST token",
    "POST token",
  ]);
});
