import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clientId, faster, Place } from "../../support/command.ts";

/** An environment in which a command notes its contacts, besides that its clock runs faster. */
function recorded(place: Place): Record<string, string> {
  const recorder = `--import=${new URL("record-contacts.ts", import.meta.url).href}`;
  return { ...faster, NODE_OPTIONS: `${recorder} ${faster.NODE_OPTIONS}`, CONTACTS: place.path("contacts") };
}

/** Whom the commands contact, each once. */
async function contactsOf(place: Place, ...commands: readonly (readonly string[])[]): Promise<string[]> {
  writeFileSync(place.path("contacts"), "");
  for (const words of commands)
    expect(await place.run(words, { environment: recorded(place) }), words.join(" ")).toMatchObject({ code: 0 });
  return [...new Set(readFileSync(place.path("contacts"), "utf8").split("\n"))].filter((contact) => contact !== "");
}

describe.concurrent("the command contacts", () => {
  test("the API and the issuer that it is given, and nobody else, in a whole rotation and in all that asks the API", async () => {
    await using place = await Place.open();
    const contacts = await contactsOf(
      place,
      ["list"],
      ["scopes"],
      ["rotate", clientId, "--to", "app=file:secret"],
      ["status", clientId],
      ["finish", clientId],
      ["selftest", "--yes"],
    );
    expect(contacts).toEqual([new URL(place.served.apiURL).host]);
  }, 60_000);

  test("nobody, where it uses the sandbox, or needs no response of anybody", async () => {
    await using place = await Place.open();
    const contacts = await contactsOf(
      place,
      ["--version"],
      ["help", "rotate"],
      ["completion", "bash"],
      ["keygen"],
      ["plan-schema"],
      ["journal-recipe", "s3"],
      ["status"],
      ["rotate", clientId, "--to", "app=file:secret", "--sandbox"],
      ["finish", clientId, "--sandbox"],
    );
    expect(contacts).toEqual([]);
  }, 60_000);

  test("whom it is told to by https as well, and by a name", async () => {
    await using place = await Place.open();
    writeFileSync(place.path("contacts"), "");
    // Nobody speaks TLS there.
    const base = place.served.apiURL.replace("http://127.0.0.1", "https://localhost");
    const environment = { ...recorded(place), CLOUDFLARE_BASE_URL: base };
    expect(await place.run(["scopes"], { environment })).toMatchObject({ code: 1 });
    const contacts = readFileSync(place.path("contacts"), "utf8");
    expect(contacts).toContain("name localhost");
    expect(contacts).toContain(`:${new URL(base).port}\n`);
  }, 60_000);
});
