import { type OperationId, operations } from "../../generated/operations.ts";
import { Refusal } from "./envelope.ts";

/** Where a request leads. */
export interface Route {
  readonly operation: OperationId;
  readonly parameters: Readonly<Record<string, string>>;
}

const table = Object.keys(operations).filter(isOperationId);

/**
 * Finds the operation of a path below the base URL.
 *
 * @throws {Refusal} 404 if no path fits, 405 if the method does not.
 */
export function route(method: string, path: string): Route {
  const found = table.flatMap((operation) => {
    const parameters = match(operations[operation].path, path);
    return parameters ? [{ operation, parameters }] : [];
  });
  if (!found.length)
    throw new Refusal(404, [
      { code: 7003, message: `Could not route to ${path}, perhaps your object identifier is invalid?` },
    ]);
  const fitting = found.find(({ operation }) => operations[operation].method === method);
  if (!fitting) {
    const allowed = found.map(({ operation }) => operations[operation].method).join(", ");
    throw new Refusal(405, [{ code: 10405, message: "Method not allowed" }], { Allow: allowed });
  }
  return fitting;
}

/** @throws {Refusal} 422 for a parameter whose length the description does not allow. */
export function checkParameters({ operation, parameters }: Route): void {
  for (const [name, { minLength = 0, maxLength = Number.POSITIVE_INFINITY }] of Object.entries(
    operations[operation].pathParameters,
  )) {
    const { length } = parameters[name] ?? "";
    if (length < minLength || length > maxLength)
      throw new Refusal(422, [
        { code: 10422, message: `${name} has ${length} characters`, source: { pointer: `/${name}` } },
      ]);
  }
}

function match(template: string, path: string): Record<string, string> | undefined {
  const names = template.split("/");
  const segments = path.split("/");
  if (names.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const segment = decoded(segments[index] ?? "");
    if (segment === undefined) return undefined;
    if (name.startsWith("{")) parameters[name.slice(1, -1)] = segment;
    else if (name !== segment) return undefined;
  }
  return parameters;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function isOperationId(name: string): name is OperationId {
  return Object.hasOwn(operations, name);
}
