/** Writes `x-codeSamples`: how to send each operation with curl and with this package. Their inputs are the description's examples. */

import { type Description, eachOperation, type Operation, type PathItem } from "./operation-table.ts";

/** One entry of `x-codeSamples`, as Redoc and the site of `npm run docs` show it. */
export interface CodeSample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** The code samples of each operation, by its `operationId`. */
export function codeSamples(description: Description): Map<string, readonly CodeSample[]> {
  const samples = new Map<string, readonly CodeSample[]>();
  for (const found of eachOperation(description)) {
    samples.set(found.operation.operationId, [
      { lang: "Shell", label: "curl", source: curl(found, description.servers[0]?.url ?? "") },
      { lang: "TypeScript", label: "cloudflare-oauth-clients", source: typescript(found) },
    ]);
  }
  return samples;
}

interface Found {
  readonly path: string;
  readonly method: string;
  readonly item: PathItem;
  readonly operation: Operation;
}

/** The example of the request body; undefined if the operation has none. */
function bodyOf({ operation }: Found): object | undefined {
  const [example] = Object.values(operation.requestBody?.content["application/json"]?.examples ?? {});
  return example?.value;
}

function curl(found: Found, server: string): string {
  const path = found.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`);
  const body = bodyOf(found);
  const words = [
    `curl "${server}${path}"`,
    ...(found.method === "get" ? [] : [`--request ${found.method.toUpperCase()}`]),
    '--header "Authorization: Bearer $CLOUDFLARE_API_TOKEN"',
    ...(body
      ? ['--header "Content-Type: application/json"', `--data ${shellQuoted(JSON.stringify(body, null, 2))}`]
      : []),
  ];
  return words.join(" \\\n  ");
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function typescript(found: Found): string {
  const values = new Map(
    (found.item.parameters ?? []).map(({ name, example }) => [name, JSON.stringify(example)] as const),
  );
  const clientId = values.get("oauth_client_id");
  const settings = [
    ...(values.has("account_id") ? [`account_id: ${values.get("account_id")}`] : []),
    ...Object.entries(bodyOf(found) ?? {}).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
  ];
  const given = [clientId, settings.length > 0 && `{\n  ${settings.join(",\n  ")},\n}`].filter(Boolean).join(", ");
  return [
    'import Cloudflare from "cloudflare-oauth-clients";',
    "",
    "const client = new Cloudflare(); // reads CLOUDFLARE_API_TOKEN",
    `const result = await client.iam.${methodOf(found.operation.operationId)}(${given});`,
  ].join("\n");
}

/** `oauth-clients-rotate-secret` is `oauthClients.rotateSecret`: two words for the resource, the others for the method. */
function methodOf(operationId: string): string {
  const words = operationId.split("-");
  return [words.slice(0, 2), words.slice(2)].map(camelCase).join(".");
}

function camelCase([first = "", ...words]: readonly string[]): string {
  const capitals = words.map((word) => (word === "uri" ? "URI" : word.charAt(0).toUpperCase() + word.slice(1)));
  return [first, ...capitals].join("");
}
