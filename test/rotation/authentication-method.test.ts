import { beforeEach, expect, test } from "vitest";
import Cloudflare from "../../src/client/index.ts";
import {
  changeNamedBy,
  clientId,
  failure,
  holdClock,
  Process,
  settle,
  verified,
  World,
} from "../support/rotation-world.ts";
import { probesWith } from "./probing.ts";

beforeEach(() => holdClock());

/** Somebody has the client authenticate in another way. */
async function changeMethod(
  { sandbox }: World,
  token_endpoint_auth_method: "client_secret_post" | "none" = "client_secret_post",
): Promise<void> {
  const { accountId: account_id, apiToken, fetch } = sandbox;
  const { oauthClients } = new Cloudflare({ apiToken, fetch }).iam;
  await oauthClients.update(clientId, { account_id, token_endpoint_auth_method });
}

test("a method that was changed since the rotation is the one that the secret is verified by", async () => {
  const world = await verified();
  await changeMethod(world);
  const acceptChange = changeNamedBy(await failure(new Process(world).run("finish")));
  const before = probesWith(world.sandbox, world.deployed).length;

  expect(await settle(new Process(world).run("finish", { acceptChange }))).toMatchObject({ phase: "done" });

  const methods = probesWith(world.sandbox, world.deployed)
    .slice(before)
    .map(({ authMethod }) => authMethod);
  expect(methods).toEqual(Array(6).fill("client_secret_post"));
});

test.each(["moves", "absent"] as const)(
  "a method that is changed while the secret is verified is noticed after the refusals (updated_at %s)",
  async (updatedAt) => {
    const world = new World({ updatedAt });
    const process = new Process(world);
    let isChanged = false;
    process.onMoment = ({ what, point }) => {
      if (what !== "POST token" || point !== "before" || world.posts === 0 || isChanged) return;
      isChanged = true;
      void changeMethod(world);
    };

    expect(await settle(process.run("rotate"))).toMatchObject({ phase: "verified" });
  },
);

test("a refusal shows nothing of the secret where the client has no secret any more", async () => {
  const world = await verified();
  const recover = new Process(world);
  let isChanged = false;
  recover.onMoment = ({ what, point }) => {
    if (what !== "POST token" || point !== "before" || isChanged) return;
    isChanged = true;
    void changeMethod(world, "none");
  };
  // Recovering would give up a secret that is refused.
  expect(await failure(recover.run("recover"))).toMatchObject({
    code: "verification-inconclusive",
    phase: "verified",
    nextStep: undefined,
  });
  expect(world.posts).toBe(1);
});
