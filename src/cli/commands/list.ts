import { inspectRotation, type RotationState } from "../../rotation/index.ts";
import { rotatedAt } from "../attempt/age.ts";
import { rotationUnderWay } from "../attempt/rotation-under-way.ts";
import { lookAtAll } from "../plan/look-at-all.ts";
import { requireAccount, type Session } from "../session/session.ts";
import { formatDuration } from "../terminal/duration.ts";
import { formatTable } from "../terminal/table.ts";

/** `list`: the account's clients, and where the rotation of each stands. */
export async function list(session: Session): Promise<number> {
  const { client, journal, output, signal } = session;
  const accountId = requireAccount(session.accountId);
  const listed = [];
  for await (const found of client.iam.oauthClients.list({ account_id: accountId }, { signal })) listed.push(found);
  const clients = await lookAtAll(listed, async (found) => {
    const clientId = found.client_id;
    // A log that cannot be read must not hide the clients.
    const state = await inspectRotation({ accountId, clientId }, { journal }).catch(() => undefined);
    return { found, state };
  });
  output.json({
    command: "list",
    ok: true,
    exitCode: 0,
    accountId,
    clients: clients.map(({ found, state }) => ({
      clientId: found.client_id,
      name: found.client_name ?? null,
      authMethod: found.token_endpoint_auth_method ?? null,
      hasRotatedSecret: found.has_rotated_secret ?? null,
      phase: state?.phase ?? null,
      summary: state?.summary ?? null,
      rotatedAt: rotatedAt(state)?.toISOString() ?? null,
      createdAt: found.created_at ?? null,
    })),
  });
  if (clients.length === 0) output.result(`The account ${accountId} has no OAuth clients.`);
  else {
    const rows = clients.map(({ found, state }) => [
      found.client_id,
      found.client_name ?? "",
      found.token_endpoint_auth_method ?? "",
      standing(found, state),
      age(state, found.created_at),
    ]);
    output.result(await formatTable([["ID", "NAME", "METHOD", "ROTATION", "SECRET'S AGE"], ...rows]));
  }
  return 0;
}

function standing(
  {
    token_endpoint_auth_method,
    has_rotated_secret,
  }: { token_endpoint_auth_method?: string; has_rotated_secret?: boolean },
  state: RotationState | undefined,
): string {
  if (token_endpoint_auth_method === "none") return "has no secret";
  return rotationUnderWay(state)?.phase ?? (has_rotated_secret ? "two secrets, begun elsewhere" : "–");
}

/** Nothing says how old a secret is that no journal has seen made; the client's own age is a bound. */
function age(state: RotationState | undefined, createdAt: string | undefined): string {
  const made = rotatedAt(state);
  if (made) return formatDuration(Date.now() - made.getTime());
  const created = Date.parse(createdAt ?? "");
  return Number.isNaN(created) ? "unknown" : `at most ${formatDuration(Date.now() - created)}`;
}
