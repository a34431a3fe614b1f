import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Ended, end, faster, Place, program } from "../../support/command.ts";

const operation = "oauth-clients-create";
const settings = ["--redirect-uri", "https://app.example.com/callback", "--scope", "account.read"];
const create = ["create", "--name", "Billing & more", ...settings, "--to", "file:secret", "--no-verify"];

/** Runs a printed command line, as a person would who copies it. */
function follow(place: Place, line: string): Promise<Ended> {
  const words = line.replace("cf-oauth", `'${process.execPath}' '${program}'`);
  return end(spawn("sh", ["-c", words], { cwd: place.folder, env: { ...place.environment, ...faster } }));
}

function created(place: Place): { readonly ids: string[]; readonly secrets: readonly string[] } {
  const found = place.sandbox.clients().filter(({ client_name }) => client_name === "Billing & more");
  const ids = found.map(({ client_id = "" }) => client_id);
  return { ids, secrets: ids.flatMap((id) => place.sandbox.secretsOf(id)) };
}

describe("create", () => {
  test.concurrent("creates a client, stores its secret, and is done", async () => {
    await using place = await Place.open();
    const { code, stdout } = await place.run([...create, "--json"]);
    const { ids, secrets } = created(place);
    expect({ code, secret: readFileSync(place.path("secret"), "utf8") }).toEqual({ code: 0, secret: secrets[0] });
    expect(JSON.parse(stdout)).toMatchObject({ command: "create", clientId: ids[0], phase: "done", nextCommand: null });
    expect(stdout).not.toContain(secrets[0]);
    // Its own log is not listed beside that of the client.
    const status = await place.run(["status", "--json"]);
    expect(JSON.parse(status.stdout).rotations).toEqual([expect.objectContaining({ clientId: ids[0], phase: "done" })]);
    // Run again with another sink, it says how the secret gets there.
    const again = await place.run([...create.slice(0, -3), "--to", "file:other", "--no-verify"]);
    expect(again).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(`\`cf-oauth rotate ${ids[0]} --to file:other`),
    });
    expect(existsSync(place.path("other"))).toBe(false);
  });

  test.concurrent.each([
    [
      ["--redirect-uri", "https://a.example"],
      "A new client needs --name <name> and --scope <scope>. Nothing was sent.",
    ],
    [[...settings, "--name", "A"], "No sink given. Nothing was sent."],
    [
      [...settings, "--name", "A", "--to", "file:a", "--auth-method", "none"],
      "--auth-method takes client_secret_basic or",
    ],
    [
      [...settings, "--name", "A", "--to", "file:a", "--grant-type", "code"],
      "--grant-type takes authorization_code or",
    ],
    [["a-name", ...settings], "too many arguments"],
  ])("refuses %j before anything is sent", async (words, message) => {
    await using place = await Place.open();
    const { code, stderr } = await place.run(["create", ...words]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(place.sandbox.requests).toEqual([]);
  });

  test.concurrent("run again with another sink while it is under way, refuses it", async () => {
    await using place = await Place.open();
    await place.run([...create.slice(0, -3), "--to", "vault=exec:cat >vault", "--no-verify"]);
    const { code, stderr } = await place.run(create);
    const [id] = created(place).ids;
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining("not delivered to file:") });
    expect(stderr).toContain(`If a sink is mistyped: \`cf-oauth resume ${id} --replace-sink <name>=<sink>\`.`);
    expect(existsSync(place.path("secret"))).toBe(false);
    // The client has no old secret.
    const sinks = [{ name: "vault", to: "exec:cat >vault", readBack: "cat vault" }];
    const plan = { clients: [{ id, name: "Billing", every: "30d", sinks }] };
    writeFileSync(place.path("plan.yaml"), JSON.stringify(plan));
    const status = ["status", "--plan", "plan.yaml", "--json"];
    const { clients } = JSON.parse((await place.run(status)).stdout);
    expect(clients).toEqual([expect.objectContaining({ result: "waiting for finish", due: false })]);
    expect(await place.run([...status, "--older-than", "1d"])).toMatchObject({ code: 0 });
  });

  test.concurrent("whose response was lost prints the command that continues; it rotates the lost secret", async () => {
    await using place = await Place.open({ faults: [{ operation, kind: "error-applied" }] });
    const lost = await place.run([...create, "--json"]);
    const report = JSON.parse(lost.stdout);
    expect(report).toMatchObject({ exitCode: 5, code: "outcome-unknown", clientId: null, nextStep: "create" });
    const listed = JSON.parse((await place.run(["status", "--json"])).stdout);
    expect(listed.rotations).toEqual([
      expect.objectContaining({ clientId: null, phase: "requesting", nextStep: "create" }),
    ]);
    // What stands for the client until it has an id is no client.
    const [shown = ""] = /new-billing-more-\w+/.exec((await place.run(["status"])).stdout) ?? [];
    const again = "run `cf-oauth create` again, with the options that you gave it";
    expect((await place.run(["status", shown])).stdout).toContain(`next     ${again}`);
    expect(await place.run(["resume", shown])).toMatchObject({ code: 2, stderr: expect.stringContaining(again) });

    // It contains no consent, so the secret is verified.
    const followed = await follow(place, `${report.nextCommand} --json`);
    const { ids, secrets } = created(place);
    expect({ code: followed.code, ids: ids.length, secrets: secrets.length }).toEqual({ code: 0, ids: 1, secrets: 2 });
    const continued = JSON.parse(followed.stdout);
    expect(continued).toMatchObject({ clientId: ids[0], phase: "verified", nextStep: "finish" });
    expect(continued.warnings[0]).toContain("the response with its secret was lost. Its secret is rotated now.");
    expect(await follow(place, continued.nextCommand)).toMatchObject({ code: 0 });
    expect(created(place).secrets).toEqual([readFileSync(place.path("secret"), "utf8")]);
  });

  test.concurrent("that a signal ends names the command that continues, with the client's id once there is one", async () => {
    await using place = await Place.open();
    const child = place.start([...create.slice(0, -3), "--to", "exec:echo delivering >&2; sleep 20", "--no-verify"]);
    const ended = end(child);
    const isDelivering = new Promise<void>((resolve) =>
      child.stderr?.on("data", (text) => /^delivering$/m.test(`${text}`) && resolve()),
    );
    await isDelivering;
    child.kill("SIGTERM");
    const { code, stderr } = await ended;
    const [id] = created(place).ids;
    const status = JSON.parse((await place.run(["status", id ?? "", "--json"])).stdout);
    expect(stderr).toContain(`next: cf-oauth resume ${id}`);
    expect({ ...status, code }).toMatchObject({ code: 143, phase: "issued", nextCommand: `cf-oauth resume ${id}` });
  });

  test.concurrent("that a signal ends while the request is under way waits for the secret, and saves it", async () => {
    await using place = await Place.open();
    const { fetch } = place.sandbox;
    let child: ReturnType<Place["start"]> | undefined;
    Object.assign(place.sandbox, {
      fetch: async (...given: Parameters<typeof fetch>) => {
        if (given[1]?.method === "POST" && String(given[0]).endsWith("/oauth_clients")) {
          child?.kill("SIGTERM");
          await setTimeout(500);
        }
        return fetch(...given);
      },
    });
    child = place.start(create);
    const { code, stderr } = await end(child);
    const [id] = created(place).ids;
    expect({ code, stderr }).toMatchObject({ code: 143, stderr: expect.stringContaining("Waiting for the response") });
    expect(stderr).toContain("The new secret is in the journal, and 0 of 1 sinks have it.");
    expect(await place.run(["resume", id ?? ""])).toMatchObject({ code: 0 });
    expect(created(place).secrets).toEqual([readFileSync(place.path("secret"), "utf8")]);
  });

  test.concurrent("whose secret no journal takes is rescued, and adopted from there", async () => {
    await using place = await Place.open();
    const bringBack = place.loseJournalAtPost(operation);
    const { stdout } = await place.run([...create.slice(0, -3), "--to", "exec:exit 1", "--no-verify", "--json"]);
    const report = JSON.parse(stdout);
    const [id] = created(place).ids;
    expect(report).toMatchObject({ exitCode: 1, nextStep: "adopt", clientId: id });
    expect(report.message).toContain("The client was created, but the journal may not hold the new one");
    bringBack();
    const adopted = await follow(place, report.nextCommand.replace("'exec:exit 1'", "file:secret"));
    expect(adopted).toMatchObject({ code: 0 });
    expect(existsSync(place.path("secret"))).toBe(true);
    expect(created(place).secrets).toEqual([readFileSync(place.path("secret"), "utf8")]);
  });
});
