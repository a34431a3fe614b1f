/** The way of the example Worker from its cron trigger to the end, as its status route shows it. */
import { setTimeout as wait } from "node:timers/promises";
import { Account, filesWith } from "../../support/account.ts";
import { authorization, Deployment, type Shown } from "./deployment.ts";

const [sound, alsoSound, without] = ["5", "6", "7"].map((digit) => digit.repeat(32)) as [string, string, string];
/** In minutes. */
const overlap = 0.05;

/** Walks it, and resolves to what must not be. */
export async function walk(folder: string): Promise<string[]> {
  const account = await Account.open({
    clients: [
      { client_id: sound },
      { client_id: alsoSound },
      { client_id: without, token_endpoint_auth_method: "none" },
    ],
    // As many as three runs meet, each of which tries three times.
    faults: [{ operation: "oauth-clients-get", kind: "error", times: 9 }],
  });
  const { sandbox, apiURL, issuer } = account.served;
  await using deployment = await Deployment.start({
    folder,
    clientIds: [sound, alsoSound, without],
    accountId: sandbox.accountId,
    apiToken: sandbox.apiToken,
    baseURL: apiURL,
    issuer,
    overlap,
    latency: 0,
  });
  const faults: string[] = [];
  const require = (isTrue: unknown, fault: string) => {
    if (!isTrue) faults.push(`walk: ${fault}`);
  };

  const statusOf = async (path: string, init?: RequestInit) => (await deployment.fetch(path, init)).status;
  const wrong = { Authorization: `${authorization.Authorization.slice(0, -1)}T` };
  require((await statusOf("/rotations")) === 401, "the status is shown without a token");
  require((await statusOf("/rotations", { headers: wrong })) === 401, "the status is shown for a wrong token");
  require((await statusOf(`/rotations/${sound}`, { method: "POST" })) === 401, "anybody may ask for a rotation");
  require((await statusOf("/rotations/elsewhere", { headers: authorization })) === 404, "a strange client is shown");
  require([...(await deployment.status()).values()].every(
    (shown) => shown === null,
  ), "there is a status before the first run");
  require(sandbox.requests.length === 0, "something was sent before anybody asked for it");

  await deployment.cron();
  await deployment.cron();
  const seen = new Map<string, Shown[]>();
  for (let left = 300; left > 0; left--) {
    const shown = await deployment.status();
    for (const [id, one] of shown) if (one) seen.set(id, [...(seen.get(id) ?? []), one]);
    if ([...shown.values()].every((one) => one?.standing === "done" || one?.standing === "stopped")) break;
    await wait(100);
  }

  for (const id of [sound, alsoSound]) {
    const shown = seen.get(id) ?? [];
    const phases = [...new Set(shown.map(({ rotation }) => rotation?.phase ?? "none"))];
    require(shown.at(-1)?.standing === "done", `it ends as ${shown.at(-1)?.standing}, ${shown.at(-1)?.failure?.code}`);
    require(["delivered", "verified", "finishing", "done"].every((phase) =>
      phases.includes(phase),
    ), `only ${phases} were shown`);
    require(shown.some(
      ({ standing, rotation }) => standing === "waiting" && rotation?.phase === "verified",
    ), "no overlap was shown");
    const from = Date.parse(shown.find(({ rotation }) => rotation?.finishFrom)?.rotation?.finishFrom ?? "");
    const deletion = sandbox.requests.find(({ method, url }) => method === "DELETE" && url.includes(id));
    require(deletion && deletion.at >= from, "the overlap was not kept");
    const { sent: posts } = account.changes(id, "POST");
    const { sent: deletes } = account.changes(id, "DELETE");
    require(posts === 1 && deletes === 1, `${posts} POSTs and ${deletes} DELETEs`);
    const live = sandbox.secretsOf(id);
    require(live.length === 1 && live[0] === (await deployment.stored(id)), "what is live is not what is deployed");
  }
  const all = [...seen.values()].flat();
  require(all.some(({ failure }) => failure?.code === "api-failed"), "a failing API was not shown");
  const refused = seen.get(without)?.at(-1);
  require(refused?.standing === "stopped" &&
    refused.failure?.code === "no-client-secret", "what has no secret did not stop it");
  require(refused?.nextTry === undefined, "what has stopped is tried again");

  // A cron trigger's next time begins another one, where the last one is done.
  await deployment.cron();
  for (let left = 100; left > 0 && account.changes(sound, "POST").sent < 2; left--) await wait(100);
  require(account.changes(sound, "POST").sent === 2, "the next cron trigger began no rotation");

  const secrets = [sound, alsoSound].flatMap((id) => account.made(id));
  const told = [...secrets, sandbox.apiToken].filter((secret) => deployment.said.some((text) => text.includes(secret)));
  require(told.length === 0, "a secret was told");
  require(filesWith(secrets, deployment.objects).length === 0, "a secret is stored in plain");
  await account.served.close();
  return faults;
}
