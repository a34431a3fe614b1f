import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { clientId, end, Place } from "../../support/command.ts";
import { requireTerminal, startOnTerminal } from "../../support/pseudo-terminal.ts";

/** Names that somebody could give a client, to trick whoever lists them or to be understood by them. */
const names = [
  "My OAuth App",
  "\u001b[31mred\u001b[0m",
  "\u001b[2J\u001b[Hcleared",
  "\u001b]0;title\u0007\u001b]8;;https://example.com\u001b\\link",
  "\u009b31mC1",
  "two\r\nlines\n00000000000000000000000000000099  another",
  "back\b\b\b\bspace\u007f\u0000",
  "tab\tbed",
  "line\u2028separated\u2029",
  "\u202edlrow\u202c",
  "\u2066isolated\u2069",
  "zero\u200bwidth\u00ad\ufeff",
  "日本語アプリケーション",
  "e\u0301te\u0301",
  "नमस्ते",
  "🇦🇶 and 🚀",
  "x".repeat(300),
  "日".repeat(300),
  "",
];
const clientOf = (client_name: string, index: number) => ({
  client_id: String(index).padStart(32, "0"),
  client_name,
  token_endpoint_auth_method: "client_secret_basic" as const,
});
const clients = names.map(clientOf);

/** The lines of a table. */
const linesOf = (text: string) => text.replace(/\r?\n$/, "").split(/\r?\n/);

/** Each of its columns begins in the same place in every line. */
function expectAligned(lines: readonly string[], heading: string, entry: string): void {
  const [first = "", ...others] = lines;
  const column = stringWidth(first.slice(0, first.indexOf(heading)));
  expect(column).toBeGreaterThan(0);
  for (const line of others) expect(stringWidth(line.slice(0, line.lastIndexOf(entry))), line).toBe(column);
}

describe.concurrent("list", () => {
  test("shows any name on one line, without what would move the cursor, colour or turn the text", async () => {
    await using place = await Place.open({ clients });
    const { code, stdout, stderr } = await place.run(["list"]);
    const lines = linesOf(stdout);

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(lines).toHaveLength(names.length + 1);
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    for (const [index, { client_id }] of clients.entries())
      expect(lines[index + 1]).toMatch(new RegExp(`^${client_id} `));
    expect(lines[2]).toContain("  �[31mred�[0m  ");
    for (const name of ["日本語アプリケーション", "नमस्ते", "🇦🇶 and 🚀", "x".repeat(300)])
      expect(lines[names.indexOf(name) + 1]).toContain(`  ${name}  `);
    expectAligned(lines, "METHOD", "client_secret_basic");
  });

  test("has every name exactly as it is with --json", async () => {
    await using place = await Place.open({ clients });
    const { code, stdout } = await place.run(["list", "--json"]);
    const report = JSON.parse(stdout);
    expect({ code, report }).toMatchObject({ code: 0, report: { command: "list", ok: true, exitCode: 0 } });
    expect(report.clients).toHaveLength(names.length);
    for (const [index, { client_id, client_name }] of clients.entries())
      expect(report.clients[index]).toMatchObject({ clientId: client_id, name: client_name });
    // Nor does it reach the terminal of whoever does not parse it.
    expect([...stdout].filter((character) => character < " " && character !== "\n")).toEqual([]);
  });

  test.for([200, 120, 80, 60])("fits a terminal of %i columns", async (width, context) => {
    requireTerminal(context);
    await using place = await Place.open({ clients });
    const { code, stdout } = await end(startOnTerminal(place, ["list", "--quiet"], width));
    const lines = linesOf(stdout.slice(stdout.indexOf("ID ")));
    expect({ code, lines: lines.length }).toEqual({ code: 0, lines: names.length + 1 });
    for (const line of lines) {
      expect(stringWidth(line), line).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    // A name of 300 columns leaves no room for what matters least.
    expect(lines[0]?.split(/ {2,}/)).toEqual(["ID", "NAME", "ROTATION"]);
    expectAligned(lines, "ROTATION", "–");
    expect(lines[names.indexOf("x".repeat(300)) + 1]).toMatch(/ {2}x+… {2}/);
  });
  test("shows ids whole on a terminal of 80 columns", async (context) => {
    requireTerminal(context);
    await using place = await Place.open({ clients });
    const { stdout } = await end(startOnTerminal(place, ["list"]));
    for (const { client_id } of clients) expect(stdout).toContain(client_id);
  });

  test("says so where the account has no clients", async () => {
    await using place = await Place.open({ clients: [] });
    expect(await place.run(["list"])).toMatchObject({
      code: 0,
      stdout: `The account ${place.sandbox.accountId} has no OAuth clients.\n`,
    });
    expect(JSON.parse((await place.run(["list", "--json"])).stdout)).toMatchObject({ ok: true, clients: [] });
  });

  test("shows each of 200 clients once, in the API's order", async () => {
    const many = Array.from({ length: 200 }, (_, index) => clientOf(`App ${index}`, index));
    await using place = await Place.open({ clients: many });
    const { stdout } = await place.run(["list"]);
    const ids = linesOf(stdout)
      .slice(1)
      .map((line) => line.split(" ")[0]);
    expect(ids).toEqual(many.map(({ client_id }) => client_id));
  });

  test("shows where each rotation stands, whose name is no part of it", async () => {
    const name = "\u001b[2Kdone";
    await using place = await Place.open({ clients: [{ client_id: clientId, client_name: name }] });
    await place.run(["rotate", clientId, "--to", "file:secret", "--no-verify"]);
    const { stdout } = await place.run(["list"]);
    expect(linesOf(stdout)[1]).toMatch(/ �\[2Kdone .* verified +\d+ s$/);
  });

  test("says that the account id may be wrong, where the API knows no such account", async () => {
    await using place = await Place.open();
    const other = "f".repeat(32);
    const { code, stderr } = await place.run(["list", "--account-id", other]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`Check the account id ${other}\\. .* --account-id, else CLOUDFLARE_ACCOUNT_ID\\.$`, "m"),
    );
  });

  test("shows every client where a journal cannot be read, says of which, and ends with 1", async () => {
    await using place = await Place.open();
    await place.run(["rotate", clientId, "--to", "file:secret", "--no-verify"]);
    const journal = join(place.stateDirectory, "journal");
    const [folder = ""] = readdirSync(journal);
    for (const file of readdirSync(join(journal, folder)).filter((name) => name.endsWith(".json")))
      writeFileSync(join(journal, folder, file), "{");
    const { code, stdout, stderr } = await place.run(["list"]);
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringMatching(/ not known /) });
    expect(stdout).not.toContain("begun elsewhere");
    expect(stderr).toContain(`warning: ${clientId}: The latest journal entry of this client is empty, incomplete`);
  });
});
