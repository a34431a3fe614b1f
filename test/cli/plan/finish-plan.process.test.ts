import { describe, expect, test } from "vitest";
import { faster } from "../../support/command.ts";
import { day, FleetPlace, id } from "./plan-place.ts";

/** An environment in which so many days have passed. */
function passed(days: number): Record<string, string> {
  // Its clock runs twenty times as fast from its origin on.
  return { ...faster, FASTER_ORIGIN: String(Date.now() - (days * day) / 20) };
}

describe.concurrent("finish --plan", () => {
  test("deletes nothing before an overlap is over, which is no failure, and then deletes", async () => {
    await using fleet = await FleetPlace.open([100, 100, 10]);
    fleet.write({}, { 0: { overlap: "7d" }, 1: { overlap: "1d" } });
    await fleet.run("rotate");
    const early = await fleet.run("finish");
    expect(early).toMatchObject({ code: 0, results: ["not yet due", "not yet due", "nothing to finish"] });
    expect(early.clients[0]).toMatchObject({ ok: true, nextStep: "finish", finishFrom: expect.any(String) });
    expect(early.stderr).toContain(`next, from ${early.clients[1]?.finishFrom}: cf-oauth finish --plan plan.yaml\n`);
    const later = await fleet.run("finish", { environment: passed(2) });
    expect(later).toMatchObject({ code: 0, results: ["not yet due", "finished", "nothing to finish"] });
    expect(fleet.place.deletes).toBe(1);
    expect(fleet.place.sandbox.secretsOf(id(0))).toHaveLength(2);
    expect((await fleet.run("finish", { environment: passed(8) })).results[0]).toBe("finished");
  }, 40_000);

  test("leaves alone what is not verified, and what the plan has at another place by now", async () => {
    await using fleet = await FleetPlace.open([100, 110], {
      faults: [{ operation: "oauth-clients-rotate-secret", kind: "error" }],
    });
    fleet.write({ parallel: 1, stopAfterFailures: 2 });
    await fleet.run("rotate");
    fleet.write({}, { 0: { sinks: [{ name: "app", to: "file:moved" }] } });
    const { code, results, clients } = await fleet.run("finish");
    expect({ code, results }).toEqual({ code: 4, results: ["failed: plan-changed", "under way"] });
    expect(clients[1]?.nextCommand).toBe("cf-oauth rotate --plan plan.yaml");
    expect(fleet.place.deletes).toBe(0);
  }, 20_000);
});

describe.concurrent("status --plan", () => {
  test("shows the age of each secret, and sends nothing", async () => {
    await using fleet = await FleetPlace.open([100, 10, null]);
    const { code, results, clients } = await fleet.run("status");
    expect({ code, results }).toEqual({ code: 0, results: ["due", "not due", "age not known"] });
    expect(clients.map(({ due }) => due)).toEqual([true, false, null]);
    expect(Math.floor((clients[0]?.age ?? 0) / day)).toBe(100);
    expect(fleet.place.sandbox.requests).toEqual([]);
  });

  test("with --older-than shows, and ends with 4 for, what may be older: an old secret that still works as well", async () => {
    await using fleet = await FleetPlace.open([100, 10, null, 29]);
    fleet.write({}, { 0: { overlap: "7d" } });
    await fleet.run("rotate");
    const words = ["--older-than", "30d"];
    const found = await fleet.run("status", { words });
    expect(found.code).toBe(4);
    expect(found.clients.map(({ name }) => name)).toEqual(["client 0", "client 2"]);
    // Its new secret is young, and its old one works.
    expect(found.results[0]).toBe("old secret works");
    expect(Math.floor((found.clients[0]?.oldestAge ?? 0) / day)).toBe(100);

    await fleet.run("finish", { environment: passed(8) });
    await fleet.record(2, 5);
    expect(await fleet.run("status", { words })).toMatchObject({ code: 0, clients: [] });
  }, 30_000);
});

describe.concurrent("record", () => {
  test("tells a plan when a secret was made, and changes nothing at the API", async () => {
    await using fleet = await FleetPlace.open([null]);
    const record = (...words: string[]) => fleet.place.run(["record", id(0), ...words]);
    const on = (days: number) => new Date(Date.now() - days * day).toISOString().slice(0, 10);
    expect(await record("--rotated-at", on(50))).toMatchObject({ code: 0 });
    // Again, and a later one by hand.
    expect(await record("--rotated-at", on(50))).toMatchObject({ code: 0 });
    expect(await record("--rotated-at", on(20))).toMatchObject({ code: 0 });
    // The date was mistyped.
    expect(await record("--rotated-at", on(30))).toMatchObject({ code: 0 });
    const { clients } = await fleet.run("status");
    expect(clients[0]).toMatchObject({
      result: "not due",
      phase: "done",
      sha256: null,
      rotatedAt: `${on(30)}T00:00:00.000Z`,
    });
    const requests = fleet.place.sandbox.requests.map(({ method }) => method);
    expect(new Set(requests)).toEqual(new Set(["GET"]));
  }, 20_000);

  test.each(["2099-01-01", "2026-02-31", "1 August", ""])("refuses %j", async (date) => {
    await using fleet = await FleetPlace.open([null]);
    expect(await fleet.place.run(["record", id(0), "--rotated-at", date])).toMatchObject({ code: 2 });
    expect(fleet.place.sandbox.requests).toEqual([]);
  });

  test("refuses a client that does not exist, and one whose rotation is under way or later", async () => {
    await using fleet = await FleetPlace.open([100]);
    const record = (client: string) => fleet.place.run(["record", client, "--rotated-at", "2026-11-01"]);
    expect(await record("unknown")).toMatchObject({ code: 1 });
    await fleet.run("rotate");
    const refused = await record(id(0));
    expect(refused).toMatchObject({ code: 4 });
    expect(refused.stderr).toContain(`next: cf-oauth finish ${id(0)}`);
    await fleet.run("finish");
    const late = { code: 2, stderr: expect.stringContaining("knows of a later rotation") };
    expect(await record(id(0))).toMatchObject(late);
  }, 20_000);
});
