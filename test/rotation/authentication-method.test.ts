import { beforeEach, expect, test } from "vitest";
import Cloudflare from "../../src/client/index.ts";
import { probesWith } from "./probing.ts";
import { changeNamedBy, clientId, failure, holdClock, Process, settle, World } from "./world.ts";

beforeEach(() => holdClock());

/** Somebody has the client authenticate in another way. */
async function changeMethod({ sandbox }: World): Promise<void> {
  const { accountId: account_id, apiToken, fetch } = sandbox;
  const { oauthClients } = new Cloudflare({ apiToken, fetch }).iam;
  await oauthClients.update(clientId, { account_id, token_endpoint_auth_method: "client_secret_post" });
}

test("a method that was changed since the rotation is the one that the secret is verified by", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate"));
  await changeMethod(world);
  const acceptChange = changeNamedBy(await failure(new Process(world).run("finish")));
  const before = probesWith(world.sandbox, world.deployed).length;

  expect(await settle(new Process(world).run("finish", { acceptChange }))).toMatchObject({ phase: "done" });

  const methods = probesWith(world.sandbox, world.deployed)
    .slice(before)
    .map(({ authMethod }) => authMethod);
  expect(methods).toEqual(Array(6).fill("client_secret_post"));
});

test.each(["rotate", "resume"] as const)(
  "a method that is changed while the secret is verified is noticed after the refusals (%s)",
  async (command) => {
    const world = new World();
    if (command === "resume") {
      const deliver = () => Promise.reject(new Error("not now"));
      await failure(new Process(world).run("rotate", { sinks: [{ name: "service", deliver }] }));
    }
    const process = new Process(world);
    let isChanged = false;
    process.onMoment = ({ what, point }) => {
      if (what !== "POST token" || point !== "before" || world.posts === 0 || isChanged) return;
      isChanged = true;
      void changeMethod(world);
    };

    const end = await settle(process.run(command)).catch((error) => error);

    // That it is a change is for a person to judge; the secret is not called refused.
    expect(end).toMatchObject(
      command === "rotate" ? { phase: "verified" } : { code: "client-changed", phase: "issued" },
    );
    expect(end.message ?? "").not.toContain("refuse");
  },
);
