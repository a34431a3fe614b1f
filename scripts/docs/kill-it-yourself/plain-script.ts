import type { Machine } from "./machine.ts";

const minute = 60_000;

/** In the style of the vendor's SDK: no journal, no checks. The page shows this text. */
export async function plainScript({ cloudflare, clientId: id, account, writeFile, sleep }: Machine): Promise<void> {
  const { oauthClients } = cloudflare.iam;
  const { client_secret } = await oauthClients.rotateSecret(id, account);
  await writeFile(client_secret);

  // Within an hour the service restarts and reads the file.
  const end = Date.now() + 60 * minute;
  while (Date.now() < end) await sleep(minute);
  await oauthClients.deleteRotatedSecret(id, account);
}
