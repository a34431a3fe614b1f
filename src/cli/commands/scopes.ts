import type { Session } from "../session/session.ts";
import { formatTable } from "../terminal/table.ts";
import type { CommandDefinition } from "./definition.ts";

/** `scopes`: what an OAuth client may ask its users for. */
export const command: CommandDefinition = { run: scopes };

async function scopes({ client, output, signal }: Session): Promise<number> {
  const found = [];
  for await (const scope of client.iam.oauthScopes.list({ signal })) found.push(scope);
  output.json({ command: "scopes", ok: true, exitCode: 0, scopes: found });
  const rows = found.map(({ id, name, category = "", scopes = [] }) => [id, name, category, scopes.join(" ")]);
  const head = ["ID", "NAME", "CATEGORY", "SCOPES"];
  output.result(...(await formatTable([head, ...rows], { spare: ["CATEGORY"], cut: "SCOPES" })));
  return 0;
}
