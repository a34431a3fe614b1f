import { expect, test, vi } from "vitest";
import { inspectRotation, MemoryJournal, RotationError, verifyClientSecret } from "../../src/rotation/index.ts";
import { clientId, holdClock, Process, settle, World } from "../support/rotation-world.ts";

const neverSent = () => Promise.reject(new Error("a request was sent"));

test("an empty secret is refused without asking", async () => {
  const options = { clientId, method: "client_secret_basic", fetch: neverSent } as const;
  expect(await verifyClientSecret({ ...options, clientSecret: "" })).toMatchObject({ verdict: "refused" });
});

test("an empty client id is a mistake of the caller, and is told as one", async () => {
  const options = { clientId: "", method: "client_secret_basic", fetch: neverSent } as const;
  const error = await verifyClientSecret({ ...options, clientSecret: "secret" }).catch((error) => error);
  expect(error).toBeInstanceOf(RotationError);
  expect(error).toMatchObject({ code: "usage" });
});

test("inspecting a rotation that is done removes the older entries that a killed run has left", async () => {
  holdClock();
  try {
    const journal = new MemoryJournal();
    const world = new World({}, journal);
    const erase = vi.spyOn(journal, "erase").mockRejectedValueOnce(new Error("killed"));
    await settle(new Process(world).run("rotate", { finish: true }));
    erase.mockClear();

    await inspectRotation({ accountId: world.sandbox.accountId, clientId }, { journal });

    const sequence = (await journal.latest(`${world.sandbox.accountId}/${clientId}`))?.sequence;
    expect(erase).toHaveBeenCalledWith(expect.any(String), sequence);
  } finally {
    vi.useRealTimers();
  }
});
