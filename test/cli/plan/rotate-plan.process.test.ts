import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clientId, end, faster } from "../../support/command.ts";
import { day, FleetPlace, id } from "./plan-place.ts";

const rotateFault = { operation: "oauth-clients-rotate-secret" } as const;

describe.concurrent("rotate --plan", () => {
  test("rotates what is due, reports what no journal knows, and leaves the rest alone", async () => {
    await using fleet = await FleetPlace.open([100, 10, null, 90]);
    const { place } = fleet;
    const { code, clients, results, stderr } = await fleet.run("rotate");
    expect(results).toEqual(["rotated", "not due", "age not known: age-not-known", "rotated"]);
    expect(code).toBe(4);
    expect(clients[0]).toMatchObject({ name: "client 0", phase: "verified", nextStep: "finish", due: false, ok: true });
    expect(clients[0]?.nextCommand).toBe("cf-oauth finish --plan plan.yaml");
    expect(clients[1]).toMatchObject({ due: false, every: 90 * day });
    expect(clients[2]).toMatchObject({ due: null, age: null, rotatedAt: null });
    expect(stderr).toContain(`next: cf-oauth record ${id(2)} --rotated-at <date>`);
    expect([place.posts, place.deletes]).toEqual([2, 0]);
    for (const number of [0, 3])
      expect(place.sandbox.secretsOf(id(number)).at(-1)).toBe(readFileSync(place.path(`secret-${number}`), "utf8"));
    expect(existsSync(place.path("secret-1"))).toBe(false);
  }, 30_000);

  test("tells a public client, which has no secret, from one whose age is not known", async () => {
    const clients = [0, 1].map((number) => ({ client_id: id(number), client_name: `client ${number}` }));
    await using fleet = await FleetPlace.open([null, null], {
      clients: clients.map((client, number) => (number ? client : { ...client, token_endpoint_auth_method: "none" })),
    });
    const { code, clients: reports, results, stderr } = await fleet.run("rotate");
    expect(results).toEqual(["no secret: no-client-secret", "age not known: age-not-known"]);
    expect(code).toBe(4);
    expect(reports[0]).toMatchObject({ overdue: false, nextCommand: null });
    expect(stderr).toContain("This is a public client, which has no secret");
    expect(stderr).not.toContain(`record ${id(0)}`);
    // One list for both.
    expect(fleet.place.sandbox.requests).toHaveLength(1);
    const recorded = await fleet.place.run(["record", id(0), "--rotated-at", "2026-08-01"]);
    expect(recorded).toMatchObject({ code: 4, stderr: expect.stringContaining("remove it there") });
  }, 20_000);

  test("run again changes nothing, nor does finishing twice", async () => {
    await using fleet = await FleetPlace.open([100, 100]);
    const { place } = fleet;
    expect((await fleet.run("rotate")).results).toEqual(["rotated", "rotated"]);
    const again = await fleet.run("rotate");
    expect(again).toMatchObject({ code: 0, results: ["waiting for finish", "waiting for finish"] });
    expect((await fleet.run("finish")).results).toEqual(["finished", "finished"]);
    expect(await fleet.run("finish")).toMatchObject({ code: 0, results: ["nothing to finish", "nothing to finish"] });
    expect(await fleet.run("rotate")).toMatchObject({ code: 0, results: ["not due", "not due"] });
    expect([place.posts, place.deletes]).toEqual([2, 2]);
  }, 40_000);

  test("leaves a client of another name alone, and one that does not exist", async () => {
    await using fleet = await FleetPlace.open([100, 100]);
    fleet.write({ stopAfterFailures: 9 }, { 0: { name: "another" } });
    const { code, results, clients, stderr } = await fleet.run("rotate");
    expect(results).toEqual(["failed: name-mismatch", "rotated"]);
    expect(code).toBe(4);
    expect(clients[0]?.message).toContain(`"another", and the API "client 0"`);
    expect(stderr).toContain("correct the name in the plan");
    expect(fleet.place.sandbox.secretsOf(id(0))).toHaveLength(1);
  }, 20_000);

  test("starts no more after the first failure, and names what it did not start", async () => {
    const refused = { ...rotateFault, kind: "error", times: Number.POSITIVE_INFINITY } as const;
    await using fleet = await FleetPlace.open([100, 120, 110, 130], { faults: [refused] });
    fleet.write({ parallel: 1 });
    const { code, results, clients } = await fleet.run("rotate");
    const notStarted = "not started: not-started";
    // The one that has been due for longest comes first.
    expect(results).toEqual([notStarted, notStarted, notStarted, "failed: outcome-unknown"]);
    expect(code).toBe(5);
    expect(clients[0]).toMatchObject({ due: true, phase: "done", nextCommand: "cf-oauth rotate --plan plan.yaml" });
    expect(clients[3]?.nextCommand).toBe(`cf-oauth resume ${id(3)}`);
    expect(fleet.place.posts).toBe(1);
  }, 20_000);

  test("brings what is under way to its end first, and what is running when another fails", async () => {
    await using fleet = await FleetPlace.open([100, 130, 120], { faults: [{ ...rotateFault, kind: "error" }] });
    fleet.write({ parallel: 2 });
    const first = await fleet.run("rotate");
    expect([...first.results].sort()).toEqual(["failed: outcome-unknown", "not started: not-started", "rotated"]);
    const second = await fleet.run("rotate");
    expect(second).toMatchObject({ code: 0 });
    expect([...second.results].sort()).toEqual(["rotated", "rotated", "waiting for finish"]);
    // The POST that came to nothing, and one for each.
    expect(fleet.place.posts).toBe(4);
  }, 40_000);

  test("ends with the worst of the exit codes", async () => {
    const clients = [0, 1, 2].map((number) => ({ client_id: id(number), client_name: `client ${number}` }));
    await using fleet = await FleetPlace.open([100, 100, 100], { clients });
    const broken = { name: "app", to: "exec:exit 3" };
    fleet.write({ stopAfterFailures: 9 }, { 0: { name: "another" }, 1: { sinks: [broken], check: false } });
    const { code, results } = await fleet.run("rotate");
    expect(results).toEqual(["failed: name-mismatch", "failed: delivery-failed", "rotated"]);
    expect(code).toBe(6);

    // Corrected in the plan, it is delivered to where it belongs.
    fleet.write({}, { 0: { name: "client 0" }, 1: { sinks: [{ name: "app", to: "file:mended" }] } });
    expect(await fleet.run("rotate")).toMatchObject({ code: 0, results: ["rotated", "rotated", "waiting for finish"] });
    expect(readFileSync(fleet.place.path("mended"), "utf8")).toBe(fleet.place.sandbox.secretsOf(id(1)).at(-1));
    expect(fleet.place.posts).toBe(3);
  }, 40_000);

  test("keeps the age of a secret whose rotation is abandoned", async () => {
    await using fleet = await FleetPlace.open([100], { faults: [{ ...rotateFault, kind: "challenge" }] });
    const { results, clients } = await fleet.run("rotate");
    expect(results).toEqual(["failed: api-failed"]);
    expect(clients[0]).toMatchObject({ abandoned: expect.stringContaining("403"), due: true, exitCode: 1 });
    expect(await fleet.run("rotate")).toMatchObject({ code: 0, results: ["rotated"] });
  }, 20_000);

  test("tells a challenge from credentials that are refused, already where the client is read", async () => {
    await using fleet = await FleetPlace.open([100]);
    fleet.place.sandbox.faults.push({ operation: "oauth-clients-get", kind: "challenge", times: 9 });
    expect(await fleet.run("rotate")).toMatchObject({ code: 1, results: ["failed: api-failed"] });
    expect(fleet.place.posts).toBe(0);
  }, 20_000);

  test("waits where the API refuses requests for now, which is no failure", async () => {
    await using fleet = await FleetPlace.open([100], { faults: [{ ...rotateFault, kind: "throttled", times: 2 }] });
    const { code, results, stderr } = await fleet.run("rotate");
    expect({ code, results }).toEqual({ code: 0, results: ["rotated"] });
    expect(stderr).toContain("waiting, since the API refuses requests for now");
    expect(fleet.place.posts).toBe(3);
  }, 20_000);

  test("refuses a rotation under way whose sinks are not the plan's", async () => {
    await using fleet = await FleetPlace.open([100], { faults: [{ ...rotateFault, kind: "error" }] });
    await fleet.run("rotate");
    fleet.write({}, { 0: { sinks: [{ name: "other", to: "file:other" }] } });
    const { code, results, clients } = await fleet.run("rotate");
    expect({ code, results }).toEqual({ code: 4, results: ["failed: plan-changed"] });
    expect(clients[0]?.nextCommand).toBe(`cf-oauth resume ${id(0)}`);
    expect(fleet.place.posts).toBe(1);
  }, 20_000);

  test("with --dry-run makes the checks and changes nothing", async () => {
    await using fleet = await FleetPlace.open([100, 100, 10]);
    fleet.write(
      { stopAfterFailures: 9, hooks: { audit: "cat >> audit.log" } },
      {
        1: { sinks: [{ name: "app", to: "file:/nowhere/secret" }] },
      },
    );
    const { code, results, stderr } = await fleet.run("rotate", { words: ["--dry-run"] });
    expect(results).toEqual(["would be rotated", "failed: delivery-failed", "not due"]);
    expect(stderr).toMatch(/warning: .*The sink app: .* does not exist yet/);
    expect(stderr).toContain(`client 0 (${id(0)}): checking`);
    expect(stderr).not.toContain("rotating");
    expect(code).toBe(6);
    expect(fleet.place.posts).toBe(0);
    expect(existsSync(fleet.place.path("audit.log"))).toBe(false);
  }, 20_000);

  test("is ended by Ctrl-C at a safe moment: starts no more, and says how to continue", async () => {
    await using fleet = await FleetPlace.open([120, 110, 100]);
    const { place } = fleet;
    const slow = { name: "app", to: "exec:echo begun >> begun; sleep 5" };
    fleet.write({ parallel: 1, hooks: { audit: "cat >> audit.log" } }, { 0: { sinks: [slow], check: false } });
    const child = place.start(["rotate", "--plan", "plan.yaml", "--json"], faster);
    const ended = end(child);
    while (!existsSync(place.path("begun"))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    const { clients, exitCode } = JSON.parse(stdout);
    expect(exitCode).toBe(130);
    const results = clients.map((client: { result: string; code: string }) => `${client.result}: ${client.code}`);
    expect(results).toEqual(["failed: interrupted", "not started: not-started", "not started: not-started"]);
    expect(stderr).toContain(`next: cf-oauth resume ${id(0)}`);
    expect(stderr).toContain("next: cf-oauth rotate --plan plan.yaml");
    // Whoever keeps the books is told all the same.
    const events = readFileSync(place.path("audit.log"), "utf8").trim().split("\n");
    expect(events.map((line) => JSON.parse(line).event)).toEqual(["started", "failed", "overdue", "overdue"]);
    expect(place.posts).toBe(1);
  }, 20_000);

  test("works on the sandbox, whose account a plan may name", async () => {
    await using fleet = await FleetPlace.open([]);
    const { place } = fleet;
    const run = (...words: string[]) => place.run([...words, "--sandbox"], { environment: faster });
    const plan = (account: string) => `account: "${account}"
clients: [{ id: ${clientId}, name: My OAuth App, every: 90d, sinks: [{ name: app, to: file:secret }] }]`;
    writeFileSync(place.path("plan.yaml"), plan("0".repeat(32)));
    expect(await run("rotate", "--plan", "plan.yaml")).toMatchObject({ code: 2 });
    writeFileSync(place.path("plan.yaml"), plan("023e105f4ecef8ad9ca31a8372d0c353"));
    expect(await run("record", clientId, "--rotated-at", "2026-02-03")).toMatchObject({ code: 0 });
    const rotated = await run("rotate", "--plan", "plan.yaml");
    expect(rotated.stdout).toMatch(
      /^NAME .*\nMy OAuth App +a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4 +rotated +verified +finish\n\n1 rotated\n$/,
    );
    expect(rotated.stderr).toContain("next: cf-oauth finish --plan plan.yaml");
  }, 20_000);
});
