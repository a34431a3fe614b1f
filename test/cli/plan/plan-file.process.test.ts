import { readFileSync, writeFileSync } from "node:fs";
import { Validator } from "@cfworker/json-schema";
import { describe, expect, test } from "vitest";
import { PlanError, parsePlan } from "../../../src/cli/plan/plan-file.ts";
import { findBlock } from "../../guides/blocks.ts";
import { Place } from "../../support/command.ts";

const good = `
account: 023e105f4ecef8ad9ca31a8372d0c353
parallel: 2
stopAfterFailures: 3
hooks: { audit: cat >> audit.log, timeout: 5s }
defaults:
  every: 90d
  overlap: 7d
  window: { days: [mon, tue], from: 22:00, to: 04:00, zone: Europe/Berlin }
  check: curl -fsS https://example.com/digest
clients:
  - id: a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4
    name: Checkout
    sinks:
      - { name: app, to: "dotenv:app/.env#SECRET" }
      - { name: vault, to: exec:vault kv patch secret/app key=-, readBack: vault kv get -field=key secret/app }
  - id: b
    name: Billing
    every: 30d
    spread: 5d
    window: {}
    overlap: 1h30m
    check: false
    verify: false
    commandTimeout: 10s
    sinks: [{ name: app, to: file:/srv/billing }]
`;

/** The faults of a plan, each with its line and column. */
async function faultsOf(text: string): Promise<string[]> {
  try {
    await parsePlan(text, "/plans/rotation.yaml");
    return [];
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    return error.faults.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

/** The good plan with a line in place of another, or after it. */
function changed(line: string, ...lines: string[]): string {
  expect(good).toContain(`${line}\n`);
  return good.replace(`${line}\n`, lines.map((each) => `${each}\n`).join(""));
}

describe("a plan", () => {
  test("has its defaults filled in, and paths from its own folder", async () => {
    const plan = await parsePlan(good, "/plans/rotation.yaml");
    expect(plan).toMatchObject({ parallel: 2, stopAfterFailures: 3, budget: 1080 });
    expect(plan.clients).toMatchObject([
      { every: 90 * 86_400_000, overlap: "7d", check: expect.stringContaining("curl") },
      { every: 30 * 86_400_000, overlap: "1h30m", check: false, verify: false, commandTimeout: "10s" },
    ]);
    const [night, always] = plan.clients.map(({ window }) => window?.openings(Date.UTC(2026, 10, 30)).next().value);
    expect(night).toEqual({ from: Date.UTC(2026, 10, 30, 21), to: Date.UTC(2026, 11, 1, 3) });
    expect(always).toEqual({ from: Date.UTC(2026, 10, 30), to: Date.UTC(2026, 11, 1) });
    // Neither has another client beside it with its `every`.
    const [spread, own] = [67.5 * 86_400_000, 5 * 86_400_000];
    expect(plan.clients).toMatchObject([
      { share: undefined, spread },
      { share: undefined, spread: own },
    ]);
    expect(plan.clients.flatMap(({ sinks }) => sinks.map(({ spec }) => spec))).toEqual([
      "app=dotenv:/plans/app/.env#SECRET",
      "vault=exec:vault kv patch secret/app key=-",
      "app=file:/srv/billing",
    ]);
  });

  test.each([
    [90_000, "The plan p has 90000 aliases. Nothing was sent."],
    [15_000, "At least 100 mistakes in the plan p. Nothing was sent."],
  ])("with %i faulty aliases is refused", async (count, message) => {
    const client = "  - &client { id: x/y, name: 1, sinks: [], evry: 3 }\n";
    const text = `clients:\n${client}${"  - *client\n".repeat(count)}`;
    await expect(parsePlan(text, "p")).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });

  test("of thousands of clients can be interrupted while it is checked", async () => {
    const clients = Array.from(
      { length: 5000 },
      (_, index) => `  - { id: c${index}, name: n, every: 90d, sinks: [{ name: a, to: file:s${index} }] }`,
    );
    const ending = new AbortController();
    const parsed = parsePlan(`clients:\n${clients.join("\n")}`, "p", ending.signal);
    setImmediate(() => ending.abort(new Error("ended")));
    await expect(parsed).rejects.toThrow("ended");
  });

  test("above 16 MiB is refused unread", async () => {
    await expect(parsePlan("#".repeat(2 ** 24 + 1), "p")).rejects.toThrow("longer than 16 MiB");
  });

  test("may be JSON, and may have anchors, also many", async () => {
    const clients = Array.from(
      { length: 300 },
      (_, index) => `  - { id: c${index}, name: n, every: *long, sinks: [{ name: a, to: file:s${index} }] }`,
    );
    expect(
      (await parsePlan(`defaults: { every: &long 90d }\nclients:\n${clients.join("\n")}`, "p")).clients,
    ).toHaveLength(300);
    const json = JSON.stringify({
      clients: [{ id: "a", name: "a", every: "1d", sinks: [{ name: "a", to: "file:a" }] }],
    });
    expect(await faultsOf(json)).toEqual([]);
  });

  test("stands in a guide, and is good", async () => {
    expect(await faultsOf(findBlock("yaml", "yaml-language-server").code)).toEqual([]);
  });

  test("with several faults has them all shown at once, in order, with line and column", async () => {
    const bad = `paralel: 4
defaults:
  every: 90 days
  overlap: 1d
  overlap: 2d
clients:
  - id: 12345678901234567890123456789012
    name: Checkout
    sink: []
  - id: x
    name: Billing
    check: true
    sinks:
      - { name: app, to: flie:secret }
      - { name: app, to: exec:store }
  - id: x
    sinks: []
    name:
`;
    expect(await faultsOf(bad)).toEqual([
      '1:1 unknown key "paralel"; did you mean "parallel"?',
      '3:10 "90 days" must be a duration, such as 90s, 30m, 2h, 90d or 1h30m',
      "5:3 this key stands here twice",
      '7:5 lacks "sinks"',
      "7:9 must be a text, not a number: put it in quotes",
      '9:5 unknown key "sink"; did you mean "sinks"?',
      "12:12 must be a command, or false",
      expect.stringMatching(/^14:26 Unknown sink "flie:secret". Did you mean file:secret\?/),
      expect.stringMatching(/^15:9 nothing confirms that app has the new secret/),
      "15:17 the client has another sink named app",
      "16:9 another client has this id (line 10)",
      "17:12 must not be empty",
      "18:5 has no value",
    ]);
  });

  test.each([
    ["nothing at all", "", /^1:1 the plan is empty; it needs "clients"$/],
    ["a text that is no YAML", "clients: [", /^1:/],
    ["a tab", "clients:\n\t- id: a", /indented with a tab/],
    ["a colon in a value", changed("    name: Billing", "    name: Billing: EU"), /": " must be in quotes/],
    ["two plans", "a: 1\n---\nb: 1", /begins a second plan/],
    ["a list", "- a", /must be a group of lines `key: value`/],
    [
      "one address instead of a list",
      changed("    name: Checkout", "    name: Checkout", "    running: https://app.example.com/secret"),
      /must be a list: write \["https:\/\/app\.example\.com\/secret"\]$/,
    ],
    [
      "an address without a scheme",
      changed("    name: Checkout", "    name: Checkout", "    running: [app.example.com]"),
      /"app.example.com" must be an http or https URL/,
    ],
    ["no clients", "clients: []", /must not be empty/],
    ["a client without an age", changed("  every: 90d"), /lacks "every"/],
    ["an age of nothing", changed("    every: 30d", "    every: 0d"), /must be more than 0/],
    [
      "a spread as long as that",
      changed("    spread: 5d", "    spread: 30d"),
      /spread and overlap together must be shorter/,
    ],
    ["a spread into the overlap", changed("    overlap: 1h30m", "    overlap: 25d"), /spread and overlap together/],
    ["a window on no day", changed("    window: {}", "    window: { days: [] }"), /must not be empty/],
    ["a window on an unknown day", changed("    window: {}", "    window: { days: [Mon] }"), /one of mon, tue/],
    ["a window of no length", changed("    window: {}", "    window: { to: 00:00 }"), /opens and closes at 00:00/],
    [
      "an invalid hour",
      changed("    window: {}", "    window: { from: 9:00 }"),
      /"9:00" must be a time from 00:00 to 23:59, with four digits, such as 04:00/,
    ],
    ["an unknown time zone", changed("    window: {}", "    window: { zone: Berlin }"), /no time zone "Berlin"/],
    ["an unknown key in a window", changed("    window: {}", "    window: { till: 04:00 }"), /unknown key "till"/],
    ["an overlap that never ends", changed("    overlap: 1h30m", "    overlap: 30d"), /the overlap must be shorter/],
    [
      "a sink on stdout",
      changed("    sinks: [{ name: app, to: file:/srv/billing }]", "    sinks: [{ name: a, to: stdout }]"),
      /cannot deliver to stdout/,
    ],
    [
      "a sink's name in its place",
      changed("    sinks: [{ name: app, to: file:/srv/billing }]", '    sinks: [{ name: a, to: "b=file:c" }]'),
      /belongs in "name"/,
    ],
    [
      "a place for two secrets",
      changed(
        "    sinks: [{ name: app, to: file:/srv/billing }]",
        '    sinks: [{ name: a, to: "dotenv:/plans/app/.env#SECRET" }]',
      ),
      /^\d+:\d+ another sink is the same place.*\(line 15\)/,
    ],
    ["a sink without a proof", changed("    check: false", "    check:"), /has no value/],
    ["an empty name", changed("    name: Billing", '    name: ""'), /^\d+:5 must not be empty$/],
    ["an empty command", changed("    check: false", '    check: " "'), /" " must be a shell command, or false/],
    ["too many at a time", changed("parallel: 2", "parallel: 100"), /must be 20 or less/],
    ["no failure allowed", changed("stopAfterFailures: 3", "stopAfterFailures: 0"), /must be 1 or more/],
    ["an id that is a path", changed("  - id: b", "  - id: ../b"), /"..\/b" must be the client_id/],
  ])("with %s is refused", async (_, text, fault) => {
    expect(await faultsOf(text)).toEqual([expect.stringMatching(fault)]);
  });

  test("with faults sends nothing, and ends with 2", async () => {
    await using place = await Place.open();
    writeFileSync(place.path("plan.yaml"), "clients: []\nhook: {}\n");
    for (const command of ["rotate", "finish", "status"]) {
      const ended = await place.run([command, "--plan", "plan.yaml", "--json"]);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain("error: plan.yaml:1:10: must not be empty");
      expect(JSON.parse(ended.stdout)).toMatchObject({
        ...{ command, code: "usage" },
        faults: [{ line: 1 }, { line: 2, column: 1 }],
      });
    }
    expect(place.sandbox.requests).toEqual([]);
  });

  test.each([
    [["rotate", "a", "--plan", "p"], "A client id cannot be combined with --plan"],
    [
      ["rotate", "--plan", "p", "--to", "file:a", "--no-check", "--no-verify"],
      "--to cannot be combined with --plan. Nothing was sent. The plan itself says this for each client",
    ],
    [
      ["finish", "--plan", "p", "--accept-change", "none"],
      "--accept-change cannot be combined with --plan. Nothing was sent. It is about one client",
    ],
    [
      ["finish", "--plan", "p", "--now"],
      "--now cannot be combined with --plan. Nothing was sent. It is about one client",
    ],
    [["status", "--older-than", "90d"], "give --plan"],
    [["status", "--plan", "p", "--older-than", "soon"], "takes a duration"],
    [["rotate"], "No client given."],
    [
      ["finish", "--plan", "nowhere.yaml"],
      "nowhere.yaml does not exist. Nothing was sent. Check the path after --plan.",
    ],
    [["finish", "--plan", "."], " is a directory. Nothing was sent."],
  ])("beside what it leaves no room for is refused: %j", async (words, message) => {
    await using place = await Place.open();
    const ended = await place.run(words);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(place.sandbox.requests).toEqual([]);
  });
});

describe("plan-schema", () => {
  test("prints the schema, in which every field is described", async () => {
    await using place = await Place.open();
    const { stdout, code } = await place.run(["plan-schema"], {
      environment: { CF_OAUTH_API_TOKEN: "", CF_OAUTH_JOURNAL: "exec:./journal.sh" },
    });
    expect(code).toBe(0);
    const schema = JSON.parse(stdout);
    const source = new URL("../../../src/cli/plan/plan.schema.json", import.meta.url);
    expect(schema).toEqual(JSON.parse(readFileSync(source, "utf8")));
    expect(new Validator(schema, "2020-12").validate({ clients: [] }).valid).toBe(false);
    const check = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) return;
      for (const [key, field] of Object.entries((node as { properties?: object }).properties ?? {}))
        expect(field, `${path}/${key}`).toSatisfy(
          (value: Record<string, unknown>) => "description" in value || "$ref" in value,
        );
      if ("properties" in node) expect(node, path).toHaveProperty("additionalProperties", false);
      for (const [key, below] of Object.entries(node)) check(below, `${path}/${key}`);
    };
    check(schema, "");
  });
});
