import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { HookEvent } from "../../../src/cli/plan/hooks.ts";
import { day, FleetPlace, id } from "./plan-place.ts";

function events(fleet: FleetPlace, file: string): HookEvent[] {
  const lines = readFileSync(fleet.place.path(file), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

describe.concurrent("hooks", () => {
  test("are told of each client's events, and of no secret", async () => {
    await using fleet = await FleetPlace.open([100, 110, null, 95], {
      faults: [{ operation: "oauth-clients-rotate-secret", kind: "error", skip: 1 }],
    });
    fleet.write({
      parallel: 1,
      hooks: { notify: "cat >> notify.log", audit: "tee -a audit.log; env >> environment.log" },
    });
    const environment = { CF_OAUTH_ACTOR: "alice", CF_OAUTH_RUN: "run 7" };
    const { clients } = await fleet.run("rotate", { environment });
    await fleet.run("finish", { environment });
    const told = events(fleet, "audit.log").map(({ command, event, clientId, code }) => [
      command,
      event,
      clientId,
      code,
    ]);
    expect(told.slice(0, 4)).toEqual([
      ["rotate", "started", id(1), null],
      ["rotate", "done", id(1), null],
      ["rotate", "started", id(0), null],
      ["rotate", "failed", id(0), "outcome-unknown"],
    ]);
    // These at once.
    expect(told.slice(4, 6)).toEqual(
      expect.arrayContaining([
        ["rotate", "overdue", id(2), "age-not-known"],
        ["rotate", "overdue", id(3), "not-started"],
      ]),
    );
    expect(told.slice(6)).toEqual([
      ["finish", "started", id(1), null],
      ["finish", "done", id(1), null],
    ]);
    const [done] = events(fleet, "audit.log").filter(({ event }) => event === "done");
    expect(done).toEqual({
      event: "done",
      command: "rotate",
      accountId: fleet.place.sandbox.accountId,
      clientId: id(1),
      name: "client 1",
      phase: "verified",
      code: null,
      message: null,
      exitCode: 0,
      nextCommand: "cf-oauth finish --plan plan.yaml",
      sha256: clients[1]?.sha256,
      actor: "alice",
      run: "run 7",
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(events(fleet, "notify.log").filter(({ event }) => event === "started")).toEqual([]);

    const all = ["audit.log", "notify.log", "environment.log"].map((file) =>
      readFileSync(fleet.place.path(file), "utf8"),
    );
    const secrets = [0, 1, 2, 3].flatMap((number) => fleet.place.sandbox.secretsOf(id(number)));
    for (const secret of [...secrets, fleet.place.sandbox.apiToken]) expect(all.join("")).not.toContain(secret);
  }, 40_000);

  test("get the event of a window that was missed; status and the exit code stay as they are", async () => {
    await using fleet = await FleetPlace.open([100, 90.5]);
    // It opens in three days, and has been open while the first client was due.
    const opens = new Date(Date.now() + 3 * day);
    const weekday = opens.toUTCString().slice(0, 3).toLowerCase();
    fleet.write({
      defaults: { every: "90d", spread: "0", window: { days: [weekday] } },
      hooks: { notify: "cat >> log" },
    });
    const waiting = { code: 0, results: ["waiting for window", "waiting for window"] };
    const rotated = await fleet.run("rotate");
    expect(rotated).toMatchObject(waiting);
    const shown = await fleet.run("status");
    expect(shown).toMatchObject(waiting);
    for (const { clients, stderr } of [rotated, shown]) {
      expect(clients.map(({ overdue }) => overdue)).toEqual([true, false]);
      expect(clients[1]).toMatchObject({
        windowOpens: `${opens.toISOString().slice(0, 10)}T00:00:00.000Z`,
        warnings: [],
      });
      const warning = expect.stringMatching(
        /^It was due at .*, and no rotation began in its last window, from .* `cf-oauth rotate --plan plan.yaml`/,
      );
      expect(clients[0]).toMatchObject({ nextStep: "rotate", warnings: [warning] });
      expect(stderr.match(/^warning: client 0 .* no rotation began in its last window/gm)).toHaveLength(1);
    }
    expect(events(fleet, "log").map(({ event, clientId }) => [event, clientId])).toEqual([["overdue", id(0)]]);
    expect(fleet.place.posts).toBe(0);
    // What a person sees.
    const { stdout } = await fleet.place.run(["status", "--plan", "plan.yaml"]);
    expect(stdout).toContain(`waiting for window  rotate from ${opens.toISOString().slice(0, 10)} 00:00 UTC`);
  }, 20_000);

  test("that fail, or do not end, are warnings", async () => {
    await using fleet = await FleetPlace.open([100]);
    fleet.write({ hooks: { notify: "exit 3", audit: "sleep 600", timeout: "10s" } });
    const { code, results, stderr } = await fleet.run("rotate");
    expect({ code, results }).toEqual({ code: 0, results: ["rotated"] });
    expect(stderr).toMatch(/warning: The hook notify was not told that client 0 .* is done: it ended with status 3/);
    expect(stderr).toMatch(/warning: The hook audit was not told .* is started: the command did not end within 10 s/);
  }, 20_000);
});
