import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clientId, end, faster, oldSecret, Place } from "../support/command.ts";

const environment = { ...faster };

describe.concurrent("--sandbox", () => {
  test("lasts in the state directory, so that separate commands rotate, tell and finish", async () => {
    await using place = await Place.open();
    const run = (...words: string[]) => place.run([...words, "--sandbox"], { environment });
    writeFileSync(place.path(".env"), "A=1\nSECRET=old # note\n");

    const rotated = await run("rotate", clientId, "--to", "app=dotenv:.env#SECRET");
    expect(rotated).toMatchObject({ code: 0 });
    expect(rotated.stdout).toContain(`next     cf-oauth finish ${clientId} --sandbox`);
    expect(readFileSync(place.path(".env"), "utf8")).toMatch(/^A=1\nSECRET=sandbox-secret-[0-9a-f]{32} # note\n$/);
    expect((await run("status", clientId)).stdout).toContain("phase    verified");
    expect((await run("status")).stdout).toMatch(new RegExp(`${clientId}\\s+verified\\s`));
    expect((await run("list")).stdout).toMatch(new RegExp(`${clientId}.*verified`));
    expect((await run("finish", clientId)).stdout).toMatch(/^phase {4}done: .*old secret is deleted/m);
    expect((await run("list", "--json")).stdout).toContain('"hasRotatedSecret": false');
    // The API at the address in the environment was never asked.
    expect(place.sandbox.requests).toEqual([]);
  }, 20_000);

  test("needs no credentials, and takes no other address", async () => {
    await using place = await Place.open();
    const bare = {
      CF_OAUTH_API_TOKEN: "",
      CLOUDFLARE_ACCOUNT_ID: "",
      CLOUDFLARE_BASE_URL: "",
      CLOUDFLARE_OAUTH_ISSUER: "",
    };
    expect(await place.run(["scopes", "--sandbox"], { environment: bare })).toMatchObject({ code: 0 });
    const refused = await place.run(["list", "--sandbox", "--base-url", place.served.apiURL]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("cannot be combined with --base-url or --issuer");
    for (const words of [["list"], ["rotate", clientId, "--to", "file:secret"]]) {
      const missing = await place.run(words, { environment: { ...environment, CF_OAUTH_API_TOKEN: "" } });
      expect(missing.code).toBe(3);
      expect(missing.stderr).toContain("No API token: set CF_OAUTH_API_TOKEN.");
      expect(missing.stderr).not.toContain("apiToken");
    }
  });
});

describe.concurrent("sandbox", () => {
  test("serves the stand-in over HTTP, prints how to use it, and ends at a signal", async () => {
    await using place = await Place.open();
    const server = place.start(["sandbox", "--json", "--on-second-rotation", "keep"]);
    const ended = end(server);
    const printed = await new Promise<string>((resolve) =>
      server.stdout?.once("data", (text) => resolve(String(text))),
    );
    const { baseURL, issuer, apiToken } = JSON.parse(printed);
    const there = { CLOUDFLARE_BASE_URL: baseURL, CLOUDFLARE_OAUTH_ISSUER: issuer, CF_OAUTH_API_TOKEN: apiToken };
    const report = await place.run(["rotate", clientId, "--to", "file:secret", "--json"], {
      environment: { ...environment, ...there },
    });
    expect(JSON.parse(report.stdout)).toMatchObject({ ok: true, phase: "verified" });
    server.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0 });
  });
});

describe.concurrent("sandbox, as it cannot be used", () => {
  test("a port that fetch refuses is refused", async () => {
    await using place = await Place.open();
    const refused = await place.run(["sandbox", "--port", "5060"]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("fetch refuses to use port 5060");
  });
});

describe.concurrent("verify", () => {
  test.each([
    ["the right secret", oldSecret, 0, "accepted"],
    ["the right secret and a line end", `${oldSecret}\r\n`, 0, "accepted"],
    ["another secret", "another", 7, "refused"],
  ])(
    "tells of %s on stdin",
    async (_, input, code, verdict) => {
      await using place = await Place.open();
      const ended = await place.run(["verify", clientId, "--json"], { input, environment });
      expect(ended).toMatchObject({ code });
      expect(JSON.parse(ended.stdout)).toMatchObject({ verdict, exitCode: code });
      expect(ended.stdout + ended.stderr).not.toContain(input.trim());
    },
    20_000,
  );

  test("refuses an empty one before anything is sent", async () => {
    await using place = await Place.open();
    expect(await place.run(["verify", clientId], { input: "\n" })).toMatchObject({ code: 2 });
    expect(place.sandbox.requests).toEqual([]);
  });

  test("needs no access to the API where the authentication method is given", async () => {
    await using place = await Place.open();
    const options = { input: oldSecret, environment: { ...environment, CF_OAUTH_API_TOKEN: "" } };
    const ended = await place.run(["verify", clientId, "--auth-method", "client_secret_basic"], options);
    expect(ended).toMatchObject({ code: 0 });
    expect(place.sandbox.count("oauth-clients-get")).toBe(0);
  });
});

describe.concurrent("help", () => {
  test("of a mistyped command suggests the one that may be meant", async () => {
    await using place = await Place.open();
    expect(await place.run(["help", "rotat"])).toMatchObject({
      code: 2,
      stderr: "error: unknown command 'rotat'\n(Did you mean rotate?)\n",
    });
  });

  test.each([
    ["help", "finish"],
    ["finish", "--help"],
  ])("of a command shows its options: %s %s", async (...words) => {
    await using place = await Place.open();
    expect(await place.run(words)).toMatchObject({ code: 0, stdout: expect.stringContaining("--accept-change") });
  });
});

describe.concurrent("--dry-run", () => {
  test("checks all that can be checked without changing anything, and says what a rotation would do", async () => {
    await using place = await Place.open();
    const ended = await place.run(["rotate", clientId, "--to", "file:secret", "--dry-run"]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(
      /✓ state directory.*\n! sink .* does not exist yet.*\n✓ credentials.*\n✓ rotation: none.*\n✓ verification: the token endpoint/,
    );
    expect(ended.stdout).toContain("Nothing was changed.");
    expect([place.posts, place.deletes]).toEqual([0, 0]);
    expect(readdirSync(place.folder)).toEqual([]);
  });

  test("names everything that is in the way, and ends like the first", async () => {
    await using place = await Place.open({ issuer: { token: "absent", revocation: "accepts-everything" } });
    const words = ["rotate", clientId, "--to", "file:/nowhere/secret", "--to", "exec:true", "--dry-run", "--json"];
    const ended = await place.run(words, { environment });
    const { findings } = JSON.parse(ended.stdout);
    const wrong = findings.filter(({ exitCode }: { exitCode: number }) => exitCode > 0);
    expect(wrong.map(({ exitCode }: { exitCode: number }) => exitCode)).toEqual([6, 7]);
    expect(ended.code).toBe(6);
    expect(place.posts).toBe(0);
  });

  test("of a rotation under way says what is still to be done", async () => {
    await using place = await Place.open();
    const words = ["rotate", clientId, "--to", "file:secret", "--to", "vault=exec:exit 1", "--no-verify"];
    expect(await place.run(words)).toMatchObject({ code: 6 });
    const { code, stdout } = await place.run([...words, "--dry-run"]);
    expect(code).toBe(0);
    expect(stdout).toContain("✓ rotation: under way, in phase issued");
    expect(stdout).toContain("Continued, this rotation would:\n  1. deliver it to vault\n");
    expect(stdout).not.toContain("ask for a second secret");
    expect(place.posts).toBe(1);
  });

  test("needs no state directory where a command keeps the journal", async () => {
    await using place = await Place.open();
    const words = ["rotate", clientId, "--to", "file:secret", "--journal", "exec:true", "--dry-run"];
    const key = Buffer.alloc(32).toString("base64");
    const { code, stdout } = await place.run(words, {
      environment: { CF_OAUTH_STATE_DIR: "/proc/none", CF_OAUTH_JOURNAL_KEY: key },
    });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.not.stringContaining("state directory") });
  });

  test("tells of a second secret that another journal knows of", async () => {
    await using place = await Place.open({ clients: [{ client_id: clientId, has_rotated_secret: true }] });
    const ended = await place.run(["rotate", clientId, "--to", "file:secret", "--dry-run"]);
    expect(ended.code).toBe(4);
    expect(ended.stdout).toContain("✗ rotation: an old secret has not been deleted yet");
  });
});

describe.concurrent("a rotation", () => {
  test("delivers to several sinks, and resume and finish need none of the options again", async () => {
    await using place = await Place.open();
    const file = place.path("stored");
    const words = ["--to", "file:secret", "--to", `vault=exec:cat > '${file}'`, "--read-back", `vault=cat '${file}'`];
    // The check is asked although every sink is proved by reading back, and goes on being asked.
    const check = `sha256sum '${file}' | grep -q "$CF_OAUTH_SECRET_SHA256"`;
    const rotated = await place.run(
      ["rotate", clientId, ...words, "--check", `${check} && test -e restarted`, "--check-interval", "0s"],
      {
        environment,
      },
    );
    expect(rotated).toMatchObject({ code: 7, stderr: expect.stringContaining("check says") });
    writeFileSync(place.path("restarted"), "");
    expect(await place.run(["resume", clientId], { environment })).toMatchObject({ code: 0 });
    writeFileSync(file, oldSecret);
    const noticed = await place.run(["finish", clientId], { environment });
    expect(noticed.code).toBe(7);
    expect(noticed.stderr).toContain("vault does not hold the new secret");

    expect(noticed.stderr).toContain(`resume ${clientId} --deliver-again <name>`);
    const mistyped = await place.run(["resume", clientId, "--deliver-again", "valut"], { environment });
    expect(mistyped).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--deliver-again names valut, but the sinks are: "),
    });

    expect(await place.run(["resume", clientId, "--deliver-again", "vault"], { environment })).toMatchObject({
      code: 0,
    });
    expect(await place.run(["finish", clientId], { environment })).toMatchObject({ code: 0 });
    expect(place.sandbox.secretsOf(clientId)).toEqual([readFileSync(file, "utf8")]);
    expect(readFileSync(place.path("secret"), "utf8")).toBe(readFileSync(file, "utf8"));
    expect([place.posts, place.deletes]).toEqual([1, 1]);
  }, 30_000);

  test("takes the relative path of a sink without a name for its name, to read it back and to replace it", async () => {
    await using place = await Place.open();
    const readBack = ["--read-back", "file:secret=cat secret"];
    const words = ["--to", "file:secret", ...readBack, "--no-verify"];
    expect(await place.run(["rotate", clientId, ...words])).toMatchObject({ code: 0 });
    const resumed = await place.run(["resume", clientId, "--replace-sink", "file:secret=file:other", "--no-verify"]);
    expect(resumed).toMatchObject({ code: 0 });
    expect(readFileSync(place.path("other"), "utf8")).toBe(readFileSync(place.path("secret"), "utf8"));
  });

  test("whose read-back was mistyped is corrected without another secret", async () => {
    await using place = await Place.open();
    const wrong = ["--to", "vault=exec:cat > stored", "--read-back", "vault=cat elsewhere"];
    const rotated = await place.run(["rotate", clientId, ...wrong], { environment });
    expect(rotated).toMatchObject({ code: 7, stderr: expect.stringContaining("--read-back vault=<command>") });

    const corrected = ["--read-back", "vault=cat stored"];
    expect(await place.run(["resume", clientId, ...corrected], { environment })).toMatchObject({ code: 0 });
    expect(await place.run(["finish", clientId], { environment })).toMatchObject({ code: 0 });
    expect(place.posts).toBe(1);
    expect(place.sandbox.secretsOf(clientId)).toEqual([readFileSync(place.path("stored"), "utf8")]);
  }, 30_000);

  test("ends its overlap early with finish --now, which is named where finish comes too early", async () => {
    await using place = await Place.open();
    const words = ["--to", "file:secret", "--overlap", "7d"];
    expect(await place.run(["rotate", clientId, ...words], { environment })).toMatchObject({ code: 0 });
    const early = await place.run(["finish", clientId], { environment });
    expect(early).toMatchObject({ code: 4, stderr: expect.stringContaining(`finish ${clientId} --now`) });
    expect(place.deletes).toBe(0);

    expect(await place.run(["finish", clientId, "--now"], { environment })).toMatchObject({ code: 0 });
    expect(place.sandbox.secretsOf(clientId)).toEqual([readFileSync(place.path("secret"), "utf8")]);
  }, 30_000);

  test("asks the check as often as it was told at the beginning", async () => {
    await using place = await Place.open();
    const check = ["--check", "echo asked >> asked", "--check-runs", "2", "--check-interval", "10ms"];
    const words = ["--to", "exec:cat > /dev/null", ...check];
    expect(await place.run(["rotate", clientId, ...words], { environment })).toMatchObject({ code: 0 });
    const asked = () => readFileSync(place.path("asked"), "utf8").trim().split("\n").length;
    expect(asked()).toBe(2);
    expect(await place.run(["finish", clientId], { environment })).toMatchObject({ code: 0 });
    // On a slow machine it confirms once more, directly before the deletion.
    expect(asked() % 2).toBe(0);
  }, 30_000);

  test.each([
    [["--check-runs", "0", "--check", "true"], "--check-runs takes a whole number from 1 to 100"],
    [["--check-interval", "2h", "--check", "true"], "--check-interval takes at most 1h"],
    [["--check-runs", "2"], "need a --check"],
    [["--check-runs", "2", "--no-check"], "cannot be used with"],
  ])("is refused with %j, before anything is sent", async (words, said) => {
    await using place = await Place.open();
    const ended = await place.run(["rotate", clientId, "--to", "file:secret", ...words], { environment });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    expect(place.posts).toBe(0);
  });

  test("to stdout prints the secret and one line end there, and nothing else", async () => {
    await using place = await Place.open();
    const { code, stdout, stderr } = await place.run(["rotate", clientId, "--to", "stdout"], { environment });
    expect(code).toBe(0);
    expect(stdout).toBe(`${place.sandbox.secretsOf(clientId).at(-1)}\n`);
    expect(stderr).toContain("phase    verified");
  });

  test.each([[["--to", "stdout"]], [["--to", "file:secret", "--json"]]])(
    "with %j has a log that was asked for on stderr alone, without credentials",
    async (words) => {
      await using place = await Place.open();
      const log = { ...environment, CLOUDFLARE_LOG: "debug" };
      const { code, stdout, stderr } = await place.run(["rotate", clientId, ...words], { environment: log });
      expect(code).toBe(0);
      expect(stderr).toMatch(/^cloudflare-oauth-clients: POST /m);
      expect(stdout).not.toContain("cloudflare-oauth-clients: ");
      expect(stderr).not.toContain(place.sandbox.apiToken);
      for (const secret of place.sandbox.secretsOf(clientId)) expect(stderr).not.toContain(secret);
    },
    30_000,
  );

  test("keeps its state where only its owner can read it", async () => {
    await using place = await Place.open();
    await place.run(["rotate", clientId, "--to", "file:secret"], { environment });
    for (const entry of readdirSync(place.stateDirectory, { recursive: true, withFileTypes: true }))
      expect(statSync(`${entry.parentPath}/${entry.name}`).mode & 0o077, entry.name).toBe(0);
  });

  test("prints one object with --json, whose fields are these", async () => {
    await using place = await Place.open();
    const { stdout } = await place.run(["rotate", clientId, "--to", "file:secret", "--json", "-q"], { environment });
    expect(Object.keys(JSON.parse(stdout))).toEqual([
      ...["command", "ok", "exitCode", "code", "message", "warnings", "accountId", "clientId", "phase"],
      ...[
        "summary",
        "nextStep",
        "nextCommand",
        "sha256",
        "sinks",
        "startedAt",
        "finishFrom",
        "finishedAt",
        "downtime",
        "abandoned",
      ],
    ]);
  });

  test("with --quiet prints nothing but its result and warnings", async () => {
    await using place = await Place.open();
    writeFileSync(place.path("secret"), oldSecret, { mode: 0o600 });
    const { stderr } = await place.run(["rotate", clientId, "--to", "file:secret", "-q"], {
      environment: { ...environment, CLOUDFLARE_BASE_URL: place.served.apiURL },
    });
    expect(stderr).toBe("");

    await using other = await Place.open();
    const warned = await other.run(["rotate", clientId, "--to", "file:secret", "-q"], { environment });
    expect(warned).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^warning: .* does not exist yet and will be created\. Make sure that your service reads it\.$/m,
      ),
    });
  });

  test("recovers a secret that nobody holds, and says for how long no secret may have worked", async () => {
    await using place = await Place.open({
      faults: [{ operation: "oauth-clients-rotate-secret", kind: "error-applied" }],
    });
    const words = ["--to", "file:secret"];
    // The request is given as long to show as it may take.
    const timeout = ["--timeout", "20s"];
    expect((await place.run(["rotate", clientId, ...words, ...timeout], { environment })).code).toBe(5);
    const { stdout } = await place.run(["resume", clientId, ...timeout, "--json"], { environment });
    const missing = JSON.parse(stdout);
    // A person has to decide; the message has the commands for it.
    expect(missing).toMatchObject({ exitCode: 5, code: "secret-missing", nextStep: null, nextCommand: null });
    expect(missing.message).toContain(`\`cf-oauth adopt ${clientId} `);
    const [, recover = ""] = /`cf-oauth (recover [^`]+)`/.exec(missing.message) ?? [];
    expect(recover).toBe(`recover ${clientId} --timeout 20s --accept-downtime`);
    const { stderr, code } = await place.run(recover.split(" "), { environment });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(
      /warning: Downtime may start now\.[\s\S]*warning: Every sink has the new secret\. For up to \d/,
    );
    expect(place.sandbox.accepts(clientId, readFileSync(place.path("secret"), "utf8"))).toBe(true);
  }, 30_000);
});
