import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dotenvSink, fileSink } from "../../src/node/index.ts";
import type { Sink } from "../../src/rotation/index.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "preflight-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const context = { signal: new AbortController().signal };
const path = () => join(folder, "secret");
const sinks: Readonly<Record<string, () => Sink>> = {
  file: () => fileSink({ path: path() }),
  dotenv: () => dotenvSink({ path: path(), key: "KEY" }),
};

describe.each(Object.entries(sinks))("before a secret is asked for, a %s sink", (_, make) => {
  test("says that it would make a file, and makes none", async () => {
    expect(await make().preflight?.(context)).toBe(`${path()} is not there yet, and will be made`);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("has nothing against a file that is there, and leaves it as it is", async () => {
    writeFileSync(path(), "KEY=old\n");
    expect(await make().preflight?.(context)).toBeUndefined();
    expect(readFileSync(path(), "utf8")).toBe("KEY=old\n");
    expect(readdirSync(folder)).toEqual(["secret"]);
  });

  test("tells of a folder that is not there", async () => {
    rmSync(folder, { recursive: true });
    await expect(make().preflight?.(context)).rejects.toThrow(`the folder ${folder} is not there`);
  });

  test("tells of a directory in its place", async () => {
    mkdirSync(path());
    await expect(make().preflight?.(context)).rejects.toThrow("is a directory");
  });

  test("tells of a link that leads nowhere", async () => {
    symlinkSync(join(folder, "nowhere"), path());
    await expect(make().preflight?.(context)).rejects.toThrow("leads nowhere");
  });
});

test("before a secret is asked for, a dotenv sink tells of a key that stands twice", async () => {
  writeFileSync(path(), "KEY=1\nA=2\nKEY=3\n");
  await expect(sinks.dotenv?.().preflight?.(context)).rejects.toThrow(/1.*3/);
});

describe("before a secret is asked for, a dotenv sink whose key is not in the file", () => {
  const file = "OAUTH_CLIENT_ID=1\nOAUTH_CLIENT_SECRET=old\n";
  const look = (key: string) => {
    writeFileSync(path(), file);
    return dotenvSink({ path: path(), key }).preflight?.(context);
  };

  test.each(["ANOTHER_SECRET", "OAUTH_CLIENT"])("says that %s would be added", async (key) => {
    expect(await look(key)).toBe(`${path()} has no ${key} yet, which will be added`);
    expect(readFileSync(path(), "utf8")).toBe(file);
  });

  test.each([
    "OAUTH_CLIENT_SECERT",
    "OAUTH_CLIENT_SECRETS",
    "AUTH_CLIENT_SECRET",
    "oauth_client_secret",
    "OAUTH_CLIENT-SECRET".replace("-", ""),
  ])("refuses %s, which may be mistyped, and says what to do if it is not", async (key) => {
    await expect(look(key)).rejects.toThrow(`has no ${key}, but OAUTH_CLIENT_SECRET; if a new variable is meant`);
    writeFileSync(path(), `${file}${key}=\n`);
    expect(await dotenvSink({ path: path(), key }).preflight?.(context)).toBeUndefined();
  });

  test("refuses a name that a slip has made too short to be compared with names of its length", async () => {
    writeFileSync(path(), "KEY_A=1\nSECRET=old\n");
    await expect(dotenvSink({ path: path(), key: "SECRT" }).preflight?.(context)).rejects.toThrow("but SECRET");
    expect(await dotenvSink({ path: path(), key: "KEY_B" }).preflight?.(context)).toContain("has no KEY_B yet");
  });
});
