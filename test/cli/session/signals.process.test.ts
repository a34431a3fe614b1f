import { describe, expect, test } from "vitest";
import { clientId, end, Place } from "../../support/command.ts";

const rotate = ["rotate", clientId, "--to", "file:secret", "--no-verify", "--no-check"];

/** Starts a rotation, and waits until its POST is under way, which takes a while. */
async function waitingForAnswer(place: Place) {
  const child = place.start(rotate);
  const ended = end(child);
  let stderr = "";
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await until(() => place.posts === 1);
  return { child, ended, says: (text: string) => until(() => stderr.includes(text)) };
}

describe.concurrent("while a new secret is on its way", () => {
  test("a second signal does not lose it, and the user is told why", async () => {
    await using place = await Place.open({ latency: 1000 });
    const { child, ended, says } = await waitingForAnswer(place);
    child.kill("SIGINT");
    await says("A third signal stops anyway");
    child.kill("SIGTERM");
    await says("The next signal stops anyway");

    expect((await ended).code).toBe(130);
    expect(await place.report("status")).toMatchObject({ phase: "issued", nextStep: "resume" });
  });

  test("SIGUSR1 opens no debugger, which would show the secret to every user of the machine", async () => {
    await using place = await Place.open({ latency: 1000 });
    const { child, ended } = await waitingForAnswer(place);
    child.kill("SIGUSR1");
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain("Debugger");
  });

  test("a third one ends at once, and the next command is told anyway", async () => {
    await using place = await Place.open({
      faults: [{ operation: "oauth-clients-rotate-secret", kind: "silent" }],
    });
    const { child, ended, says } = await waitingForAnswer(place);
    child.kill("SIGINT");
    await says("A third signal");
    child.kill("SIGINT");
    await says("The next signal");
    child.kill("SIGINT");

    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain(`next: cf-oauth resume ${clientId}`);
  });
});

test.concurrent("a secret that neither the journal nor a sink takes is kept in a file, and can be adopted from there", async () => {
  await using place = await Place.open();
  // The journal's folder goes away as the POST is answered, and the sink fails.
  const words = ["rotate", clientId, "--no-verify", "--no-check", "--json", "--to", "exec:exit 3"];
  const bringBack = place.loseJournalAtPost();
  const { stdout, code } = await place.run(words);
  const report = JSON.parse(stdout);
  expect({ code, report }).toMatchObject({ code: 1, report: { code: "journal-failed" } });
  expect(report.message).toMatch(/No sink has it either[\s\S]*It is in \S*cf-oauth-rescued-/);
  expect(report.message).not.toContain("revealSecret");
  expect(report.nextCommand).toMatch(/^cf-oauth adopt .*--secret-from file:\S+ --digest [0-9a-f]{64}/);

  bringBack();
  const [, file = "", digest = ""] = /--secret-from file:(\S+) --digest (\S+)/.exec(report.nextCommand) ?? [];
  const adopt = ["adopt", clientId, "--secret-from", `file:${file}`, "--digest", digest, "--no-verify", "--no-check"];
  const adopted = await place.run([...adopt, "--json"]);
  // The rotation's own sink is asked again, which still fails: but the secret is in the journal now.
  expect(JSON.parse(adopted.stdout)).toMatchObject({ code: "delivery-failed", phase: "issued", sha256: digest });
  expect(place.posts).toBe(1);
});
