import { beforeEach, expect, test, vi } from "vitest";
import { holdClock, Process, settle, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
/** What a process did, in order, each once it was done. */
async function deeds(command: "rotate" | "recover", world: World): Promise<string[]> {
  const process = new Process(world);
  await settle(process.run(command, { finish: true }));
  return process.moments
    .filter(({ what, point }) => point === (what.startsWith("append") || what === "deliver" ? "after" : "before"))
    .map(({ what }) => what);
}

test("every change is written down before it is made, and every result before it is used", async () => {
  const done = await deeds("rotate", new World());
  const order = [
    "append requesting",
    "POST rotate_secret",
    "append issued",
    "deliver",
    "append delivered",
    "append verified",
    "append finishing",
    "DELETE rotate_secret",
    "append done",
    "erase",
  ];
  expect(done.filter((what) => order.includes(what))).toEqual(order);
});

test("each delivery is written down", async () => {
  const world = new World();
  const process = new Process(world);
  const names = ["first", "second"];
  const sinks = names.map((name) => ({ name, deliver: async () => {} }));
  const delivered: string[][] = [];
  const { journal } = world;
  const append = journal.append.bind(journal);
  vi.spyOn(journal, "append").mockImplementation((key, sequence, entry) => {
    delivered.push(JSON.parse(entry).delivered);
    return append(key, sequence, entry);
  });

  await settle(process.run("rotate", { sinks, check: false }));

  expect(delivered).toContainEqual(["first"]);
  expect(delivered).toContainEqual(names);
});

test("the deletion that makes room in a recovery is written down before it is sent", async () => {
  const world = new World({ onSecondRotation: "refuse" });
  await world.elsewhere.rotate();
  const done = await deeds("recover", world);

  expect(done.indexOf("append recovering")).toBeGreaterThan(-1);
  expect(done.indexOf("DELETE rotate_secret")).toBe(done.indexOf("append recovering") + 1);
});

test("the deletion is the very next request after the read that shows the client unchanged", async () => {
  const process = new Process(new World());
  await settle(process.run("rotate", { finish: true }));

  const at = process.sent.indexOf("DELETE rotate_secret");
  expect(process.sent[at - 1]).toMatch(/^GET a1/);
});
