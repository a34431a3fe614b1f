/** Derives the operation table (`generated/operations.ts`) from the dereferenced description. */

export interface Schema {
  type?: string | string[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  minLength?: number;
  maxLength?: number;
}

interface Parameter {
  name: string;
  in: string;
  schema: Schema;
  example?: unknown;
}

export interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { examples?: Record<string, { value: object }> }> };
  responses: Record<string, { content: Record<string, { schema: Schema }> }>;
  "x-idempotent": boolean;
  "x-permission": string;
  "x-promised"?: string[];
}

type Method = "get" | "put" | "post" | "delete" | "patch";
const methods: readonly Method[] = ["get", "post", "put", "patch", "delete"];

export type PathItem = Partial<Record<Method, Operation>> & { parameters?: Parameter[] };

/** As much of an OpenAPI document, without `$ref`, as the table and the code samples need. */
export interface Description {
  servers: readonly { readonly url: string }[];
  paths: Record<string, PathItem>;
}

/** Every operation, in the description's order, and in a path's that of {@link methods}. */
export function* eachOperation({ paths }: Description): Generator<{
  readonly path: string;
  readonly item: PathItem;
  readonly method: Method;
  readonly operation: Operation;
}> {
  for (const [path, item] of Object.entries(paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (operation) yield { path, item, method, operation };
    }
  }
}

/** `allOf` and its members as one list, so that a property is found wherever it stands. */
function parts(schema: Schema): Schema[] {
  return [schema, ...(schema.allOf ?? []).flatMap(parts)];
}

function properties(schema: Schema): Record<string, Schema> {
  return Object.assign({}, ...parts(schema).map((part) => part.properties ?? {}));
}

function resultKind(result: Schema): "array" | "object" | "nullable" {
  const types = parts(result).flatMap((part) => part.type ?? []);
  if (types.includes("null")) return "nullable";
  return types.includes("array") ? "array" : "object";
}

/**
 * The text of `generated/operations.ts`.
 *
 * @param fault makes the error to throw when an operation lacks what the table needs.
 */
export function renderOperations(
  description: Description,
  fault: (operationId: string, reason: string) => Error,
): string {
  const rows: string[] = [];
  for (const { path, item, method, operation } of eachOperation(description)) {
    const id = operation.operationId;

    const envelope = operation.responses["200"]?.content["application/json"]?.schema;
    const result = envelope && properties(envelope).result;
    if (!result) throw fault(id, `the 200 response has no application/json schema with a \`result\`.`);
    const kind = resultKind(result);

    const promised = new Set(kind === "array" ? [] : parts(result).flatMap((part) => part.required ?? []));
    for (const name of operation["x-promised"] ?? []) promised.add(name);
    for (const name of promised) {
      if (properties(result)[name]?.type !== "string")
        throw fault(id, `\`${name}\` is promised (by required or x-promised), but is no string of the result.`);
    }

    const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].filter(
      ({ in: at }) => at === "path",
    );
    const row = {
      method: method.toUpperCase(),
      path,
      pathParameters: Object.fromEntries(
        parameters.map(({ name, schema: { minLength, maxLength } }) => [name, { minLength, maxLength }]),
      ),
      idempotent: operation["x-idempotent"],
      permission: operation["x-permission"],
      result: kind,
      promised: [...promised],
    };
    rows.push(`  ${JSON.stringify(id)}: ${JSON.stringify(row)},`);
  }
  return `import type { operations as Operations } from "./openapi.ts";

/** The \`operationId\` of an operation. */
export type OperationId = keyof Operations;

/** Limits of a path parameter's length, in characters. */
export interface Length {
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** What the code needs to know of an operation at run time. */
export interface Operation {
  readonly method: string;
  /** The path below the base URL, with \`{name}\` for each path parameter. */
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, Length>>;
  /** Whether sending it twice leaves what sending it once leaves. */
  readonly idempotent: boolean;
  /** What the credentials must be granted; \`none\` means any valid credentials. */
  readonly permission: string;
  /** What \`result\` is in a good answer; \`nullable\` is an object or null. */
  readonly result: "array" | "object" | "nullable";
  /** Properties that \`result\` must have, each a string that is not empty. */
  readonly promised: readonly string[];
}

export const operations: Readonly<Record<OperationId, Operation>> = {
${rows.join("\n")}
};
`;
}
