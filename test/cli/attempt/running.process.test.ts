import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runningSecret } from "../../../src/running/index.ts";
import { clientId, oldSecret, Place } from "../../support/command.ts";
import { Fleet } from "../../support/fleet.ts";

/** A service of twelve replicas, each of which reads the secret's file when it restarts. */
class Service {
  readonly #file: string;
  readonly #used: string[];
  readonly fleet: Fleet;

  constructor(file: string) {
    this.#file = file;
    writeFileSync(file, oldSecret);
    this.#used = Array.from({ length: 12 }, () => oldSecret);
    this.fleet = Fleet.of(12, (index) => this.#used[index]);
  }

  restart(...replicas: number[]): void {
    for (const replica of replicas) this.#used[replica] = readFileSync(this.#file, "utf8");
  }

  rollBack(replica: number): void {
    this.#used[replica] = oldSecret;
  }
}

const most = [0, 1, 2, 3, 4, 5, 6, 7, 8];

test("the old secret is deleted only when all twelve replicas use the new one", async () => {
  await using place = await Place.open();
  const service = new Service(place.path("secret"));
  const { handlers } = service.fleet;
  await using fleet = service.fleet;
  const running = ["--running", await fleet.listen(), "--replicas", "12"];

  // All but three restart late; one of these keeps the old secret, one lies, one answers for another client.
  const late = setInterval(() => {
    // After the question before the rotation, and a whole run of the check.
    if (service.fleet.asked.reduce((sum, asked) => sum + asked) > 90) service.restart(...most);
  }, 50);
  const [keeps, lies, strays] = [handlers[9], handlers[10], handlers[11]];
  handlers[10] = () => Response.json({ replica: "liar", proof: "0".repeat(64) });
  const another = runningSecret(() => readFileSync(place.path("secret"), "utf8"), { replica: "stray" });
  handlers[11] = ({ url }) => another(new Request(url.replace(clientId, "another")));
  const rotate = ["rotate", clientId, "--to", "file:secret", "--no-verify", ...running, "--check-timeout", "6s"];
  const rotated = await place.run(rotate);
  clearInterval(late);
  expect(rotated.stderr).toMatch(/your check: 0 of 12 replicas use the new one; 12 use another/);
  expect(rotated.stderr).toMatch(/The check failed: 9 of 12 replicas use the new one; 3 use another\s+\(.*liar/s);
  expect(rotated.stderr).toMatch(/Restart the replicas that do not use the new secret, and then resume\./);
  expect(rotated.stderr).not.toContain("--deliver-again");
  expect(rotated).toMatchObject({ code: 7 });

  for (const fix of [() => service.restart(9), () => lies && handlers.splice(10, 1, lies)]) {
    fix();
    const early = await place.run(["finish", clientId, "--no-verify", "--check-timeout", "0"]);
    expect(early.code).not.toBe(0);
  }
  expect(keeps).toBe(handlers[9]);
  service.restart(10, 11);
  if (strays) handlers.splice(11, 1, strays);
  const resumed = await place.run(["resume", clientId, "--json"]);
  expect(JSON.parse(resumed.stdout)).toMatchObject({ phase: "verified", code: null });

  service.rollBack(4);
  const refused = await place.run(["finish", clientId, "--check-timeout", "0", "--json"]);
  expect(JSON.parse(refused.stdout)).toMatchObject({ code: "check-failed", exitCode: 7 });
  expect(place.deletes).toBe(0);

  service.restart(4);
  expect(await place.report("finish")).toMatchObject({ phase: "done", code: null });
  expect(place.deletes).toBe(1);
});

test.concurrent("a service that does not answer keeps a rotation from beginning", async () => {
  await using place = await Place.open();
  await using fleet = new Fleet([() => new Response(null, { status: 404 })]);
  const words = ["rotate", clientId, "--to", "file:secret", "--running", await fleet.listen()];
  const { code, stderr } = await place.run(words);
  expect(code).toBe(7);
  expect(stderr.replace(/\s+/g, " ")).toMatch(
    /The check could not run: --running 127\.0\.0\.1:\d+\/client-secret: status 404\./,
  );
  expect(stderr).toContain("The address must be one at which your service answers with runningSecret.");
  expect(place.posts).toBe(0);
  const dry = await place.run([...words, "--dry-run"]);
  expect(dry.stdout).toContain("status 404");
});

test.concurrent.each([
  [["--running", "app.example.com"], '--running must be an http or https URL; not "app.example.com".'],
  [["--running", "https://user:pass@app.example.com"], "--running must not hold a user or a password"],
  [["--running", "https://app.example.com", "--replicas", "0"], "--replicas takes a whole number from 1 to 1000"],
  [["--running", "https://app.example.com", "--check-timeout", "2d"], "--check-timeout takes at most 1d"],
  [["--running", "https://app.example.com", "--no-check"], "cannot be used with option"],
  [["--replicas", "2"], "--replicas needs a --running."],
  [["--check-timeout", "1m"], "need a --check or a --running"],
])("%o is refused before anything is sent", async (words, message) => {
  await using place = await Place.open();
  const { code, stderr } = await place.run(["rotate", clientId, "--to", "file:secret", ...words]);
  expect(code).toBe(2);
  expect(stderr.replace(/\s+/g, " ")).toContain(message);
  expect(place.sandbox.requests).toEqual([]);
});

test.concurrent("--running given to a rotation that waits for finish is asked by finish", async () => {
  await using place = await Place.open();
  writeFileSync(place.path("secret"), oldSecret);
  await using fleet = Fleet.of(1, () => oldSecret);
  await place.run(["rotate", clientId, "--to", "file:secret", "--no-verify"]);
  const running = ["--running", await fleet.listen(), "--check-timeout", "0"];
  expect(await place.run(["resume", clientId, ...running])).toMatchObject({ code: 0 });
  const { code, stderr } = await place.run(["finish", clientId, "--no-verify"]);
  expect(stderr).toContain("0 of 1 replicas use the new one");
  expect(code).toBe(7);
  expect(place.deletes).toBe(0);
});

test.concurrent("a --check that is given later takes the place of --running, and of how long that is repeated", async () => {
  await using place = await Place.open();
  await using fleet = Fleet.of(1, () => oldSecret);
  const running = ["--running", await fleet.listen(), "--check-timeout", "0"];
  await place.run(["rotate", clientId, "--to", "file:secret", "--no-verify", ...running]);
  const began = performance.now();
  const failed = await place.run(["resume", clientId, "--check", "false"]);
  expect(failed).toMatchObject({ code: 7, stderr: expect.stringContaining("The check says") });
  expect(failed.stderr).toContain(`To run the check again: \`cf-oauth resume ${clientId}\`.`);
  expect(await place.run(["resume", clientId, "--check", "true"])).toMatchObject({ code: 0 });
  expect(performance.now() - began).toBeLessThan(60_000);
  const asked = [...fleet.asked];
  expect(await place.run(["finish", clientId, "--no-verify"])).toMatchObject({ code: 0 });
  expect(fleet.asked).toEqual(asked);
});
