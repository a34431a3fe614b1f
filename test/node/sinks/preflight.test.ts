import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dotenvSink, fileSink } from "../../../src/node/index.ts";
import type { Sink } from "../../../src/rotation/index.ts";

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
    expect(await make().preflight?.(context)).toBe(
      `${path()} does not exist yet and will be created. Make sure that your service reads it`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test("has nothing against a file that is there, and leaves it as it is", async () => {
    writeFileSync(path(), "KEY=old\n", { mode: 0o600 });
    expect(await make().preflight?.(context)).toBeUndefined();
    expect(readFileSync(path(), "utf8")).toBe("KEY=old\n");
    expect(readdirSync(folder)).toEqual(["secret"]);
  });

  test("tells of a folder that does not exist", async () => {
    rmSync(folder, { recursive: true });
    await expect(make().preflight?.(context)).rejects.toThrow(`the folder ${folder} does not exist`);
  });

  test("tells of a directory in its place", async () => {
    mkdirSync(path());
    await expect(make().preflight?.(context)).rejects.toThrow("is a directory");
  });

  test("tells of a link that leads nowhere", async () => {
    symlinkSync(join(folder, "nowhere"), path());
    await expect(make().preflight?.(context)).rejects.toThrow("is a link to a file that does not exist");
  });
});

test("before a secret is asked for, a dotenv sink tells of a key that stands twice", async () => {
  writeFileSync(path(), "KEY=1\nA=2\nKEY=3\n");
  await expect(sinks.dotenv?.().preflight?.(context)).rejects.toThrow(/1.*3/);
});

describe("before a secret is asked for, a dotenv sink whose key is not in the file", () => {
  const file = "OAUTH_CLIENT_ID=1\nOAUTH_CLIENT_SECRET=old\n";
  const look = (key: string) => {
    writeFileSync(path(), file, { mode: 0o600 });
    return dotenvSink({ path: path(), key }).preflight?.(context);
  };

  test.each(["ANOTHER_SECRET", "OAUTH_CLIENT"])("says that %s would be added", async (key) => {
    expect(await look(key)).toBe(
      `${path()} has no ${key} yet. The line will be added. Make sure that your service reads it`,
    );
    expect(readFileSync(path(), "utf8")).toBe(file);
  });

  test.each([
    "OAUTH_CLIENT_SECERT",
    "OAUTH_CLIENT_SECRETS",
    "AUTH_CLIENT_SECRET",
    "oauth_client_secret",
    "OAUTH_CLIENT-SECRET".replace("-", ""),
  ])("refuses %s, which may be mistyped, and says what to do if it is not", async (key) => {
    await expect(look(key)).rejects.toThrow(`has OAUTH_CLIENT_SECRET, but no ${key}. Nothing was changed`);
    writeFileSync(path(), `${file}${key}=\n`);
    expect(await dotenvSink({ path: path(), key }).preflight?.(context)).toBeUndefined();
  });

  test("refuses a name that a slip has made too short to be compared with names of its length", async () => {
    writeFileSync(path(), "KEY_A=1\nSECRET=old\n", { mode: 0o600 });
    await expect(dotenvSink({ path: path(), key: "SECRT" }).preflight?.(context)).rejects.toThrow(
      "has SECRET, but no SECRT",
    );
    expect(await dotenvSink({ path: path(), key: "KEY_B" }).preflight?.(context)).toContain("has no KEY_B yet");
  });
});

describe("before a secret is asked for, a user is told", () => {
  test.each([
    [0o644, "Every user of this machine can read"],
    [0o640, "The file's group can read"],
  ])("who else can read a file of mode %o", async (mode, note) => {
    writeFileSync(path(), "KEY=old\n");
    chmodSync(path(), mode);
    for (const make of Object.values(sinks)) {
      const told = await make().preflight?.(context);
      expect(told).toContain(`${note} ${path()} (mode 0${mode.toString(8)})`);
      expect(told).toContain(`\`chmod 600 ${path()}\``);
    }
  });

  test.each([
    [".env", ".env.local", "Vite, Next.js, dotenv-flow"],
    [".env", ".env.production", "Vite, Next.js, dotenv-flow"],
    [".env", ".env.production.local", "Vite, Next.js, dotenv-flow"],
    [".env.local", ".env.production", "Vite, dotenv-flow"],
    [".env.local", ".env.production.local", "Vite, Next.js, dotenv-flow"],
    [".env.production", ".env.local", "Next.js"],
    [".env.production", ".env.production.local", "Vite, Next.js, dotenv-flow"],
    // Next.js knows three modes alone, and with NODE_ENV=test it does not read .env.local, nor does dotenv-flow.
    [".env", ".env.staging", "Vite, dotenv-flow"],
    [".env.test", ".env.test.local", "Vite, Next.js, dotenv-flow"],
    // These only begin like a sample and like `.env.local`.
    [".env", ".env.media", "Vite, dotenv-flow"],
    [".env", ".env.localhost", "Vite, dotenv-flow"],
    [".env.local", ".env.test", "Vite, dotenv-flow"],
  ])("that of %s the file %s is read in preference, if it has the variable", async (own, other, readers) => {
    const sink = dotenvSink({ path: join(folder, own), key: "KEY" });
    writeFileSync(join(folder, own), "KEY=old\n", { mode: 0o600 });
    writeFileSync(join(folder, other), "ANOTHER=1\n# KEY=1\n");
    expect(await sink.preflight?.(context)).toBeUndefined();
    writeFileSync(join(folder, other), "ANOTHER=1\nKEY=1\n");
    const note = `${join(folder, other)} also sets KEY, and overrides ${join(folder, own)} in ${readers}.`;
    expect(await sink.preflight?.(context)).toContain(note);
  });

  test.each([
    [".env.production", ".env.test"],
    [".env.production", ".env.staging.local"],
    [".env", ".env.production.bak"],
    [".env.test", ".env.local"],
    [".env", ".env.example"],
    [".env.local", ".env"],
    ["app.env", ".env.local"],
  ])("nothing where %s is not overridden by %s", async (own, other) => {
    writeFileSync(join(folder, own), "KEY=old\n", { mode: 0o600 });
    writeFileSync(join(folder, other), "KEY=1\n", { mode: 0o600 });
    expect(await dotenvSink({ path: join(folder, own), key: "KEY" }).preflight?.(context)).toBeUndefined();
  });
});

describe("an encrypted file is refused, before a secret is asked for and when it is delivered", () => {
  const encrypted = {
    "a dotenv file of SOPS": ["KEY=ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops_version=3.9.0\n", "by SOPS"],
    "the end of one": ["A=1\nsops_mac=x\n", "by SOPS"],
    "YAML of SOPS": ["KEY: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops:\n  mac: x\n", "by SOPS"],
    "JSON of SOPS": ['{"data":"ENC[AES256_GCM,data:x,iv:y]","sops":{}}', "by SOPS"],
    "a variable of dotenvx": ['KEY="encrypted:BJ/HRcx4Nv5FHpO0q9"\n', "by dotenvx"],
    "the key of dotenvx": ['DOTENV_PUBLIC_KEY_PRODUCTION="02a3"\nKEY=1\n', "by dotenvx"],
    "git-crypt": ["\0GITCRYPT\0\x12", "by git-crypt"],
    "ansible-vault": ["$ANSIBLE_VAULT;1.1;AES256\n6162\n", "by ansible-vault"],
    "a dotenv file of SOPS, exported": ["A=1\n  export  sops_version=3.9.0\n", "by SOPS"],
    "the key of dotenvx, exported": ['  export  DOTENV_PUBLIC_KEY = "02a3"\n', "by dotenvx"],
    "a variable of dotenvx without quotes": ["KEY = encrypted:BJ/HRcx4Nv5FHpO0q9\n", "by dotenvx"],
    "age, after an empty line": ["\nage-encryption.org/v1\n-> X25519 x\n", "by age"],
    "PGP, after an empty line": ["\n-----BEGIN PGP MESSAGE-----\n\nx\n", "by PGP"],
    age: ["age-encryption.org/v1\n-> X25519 x\n", "by age"],
    "age, armored": ["-----BEGIN AGE ENCRYPTED FILE-----\nx\n", "by age"],
    PGP: ["-----BEGIN PGP MESSAGE-----\n\nx\n", "by PGP"],
  };

  test.each(Object.entries(encrypted))("%s", async (_, [content = "", name = ""]) => {
    for (const make of Object.values(sinks)) {
      writeFileSync(path(), content, { mode: 0o600 });
      for (const work of ["preflight", "deliver"] as const)
        await expect(
          work === "deliver" ? make().deliver("s3cret", context) : make().preflight?.(context),
        ).rejects.toThrow(new RegExp(`is (encrypted|locked) ${name}.*Nothing was written`));
      expect(readFileSync(path(), "utf8")).toBe(content);
      expect(readdirSync(folder)).toEqual(["secret"]);
    }
  });

  test.each([
    "A=encrypted\nKEY=1\n",
    "# see sops_mac, and ENC[x]\nKEY=1\n",
    "#sops_mac=1\nKEY=1\n",
    "A_sops_mac=1\nKEY=1\n",
    "#DOTENV_PUBLIC_KEY=1\nKEY=1\n",
    "# age-encryption.org/v1\nKEY=1\n",
    "KEY=1 # was encrypted: no\n",
  ])("but not %j", async (content) => {
    writeFileSync(path(), content, { mode: 0o600 });
    for (const make of Object.values(sinks)) expect(await make().preflight?.(context)).toBeUndefined();
  });
});
