import { inspectRotation, type RotationState } from "../../rotation/index.ts";
import { rotatedAt, rotationUnderWay } from "../attempt/standing.ts";
import { inParallel, usualConcurrency } from "../session/in-parallel.ts";
import { requireAccount, type Session } from "../session/session.ts";
import { formatDuration } from "../terminal/duration.ts";
import { Progress } from "../terminal/progress.ts";
import { formatTable } from "../terminal/table.ts";
import { messageOf } from "../terminal/text.ts";
import type { CommandDefinition } from "./definition.ts";

/** `list`: the account's clients, and where the rotation of each stands. */
export const command: CommandDefinition = {
  about: "List your OAuth clients, where the rotation of each is, and how old its secret is.",
  examples: `$ cf-oauth list
$ cf-oauth list --json`,
  run: list,
};

async function list(session: Session): Promise<number> {
  const { client, journal, output, signal } = session;
  const accountId = requireAccount(session.accountId);
  const all = async () => {
    const listed = [];
    for await (const found of client.iam.oauthClients.list({ account_id: accountId }, { signal })) listed.push(found);
    return listed;
  };
  const listed = await new Progress(output).during("reading the account's clients", all());
  const clients = await inParallel(listed, usualConcurrency, async (found) => {
    const clientId = found.client_id;
    try {
      return { found, state: await inspectRotation({ accountId, clientId }, { journal }), isRead: true };
    } catch (error) {
      // It must not hide the other clients.
      output.warn(`${clientId}: ${messageOf(error)}`);
      return { found, state: undefined, isRead: false };
    }
  });
  const exitCode = clients.every(({ isRead }) => isRead) ? 0 : 1;
  output.json({
    command: "list",
    ok: exitCode === 0,
    exitCode,
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
    warnings: output.warnings,
  });
  if (clients.length === 0) output.result(`The account ${accountId} has no OAuth clients.`);
  else {
    const rows = clients.map(({ found, state, isRead }) => [
      found.client_id,
      found.client_name ?? "",
      found.token_endpoint_auth_method ?? "",
      isRead ? standing(found, state) : "not known",
      age(state, found.created_at),
    ]);
    const head = ["ID", "NAME", "METHOD", "ROTATION", "SECRET'S AGE"];
    output.result(...(await formatTable([head, ...rows], { spare: ["METHOD", "SECRET'S AGE"], cut: "NAME" })));
  }
  return exitCode;
}

function standing(
  {
    token_endpoint_auth_method,
    has_rotated_secret,
  }: { token_endpoint_auth_method?: string; has_rotated_secret?: boolean },
  state: RotationState | undefined,
): string {
  if (token_endpoint_auth_method === "none") return "has no secret";
  return rotationUnderWay(state)?.phase ?? (has_rotated_secret ? "begun elsewhere" : "–");
}

/** Nothing says how old a secret is that no journal has seen made; the client's own age is a bound. */
function age(state: RotationState | undefined, createdAt: string | undefined): string {
  const made = rotatedAt(state);
  if (made) return formatDuration(Date.now() - made.getTime());
  const created = Date.parse(createdAt ?? "");
  return Number.isNaN(created) ? "unknown" : `at most ${formatDuration(Date.now() - created)}`;
}
