/** Compares the operations that we describe with those of the vendor's document. */
import { type Change, compareSchemas, type Direction, type Side } from "./compare-schemas.ts";
import { type ApiDocument, type Fields, fields, isFields, list } from "./document.ts";

/** A change, and the operation that it is of. */
export interface Difference extends Change {
  readonly operation: string;
}

type Changes = Generator<Change, void>;

const methods: readonly string[] = ["get", "put", "post", "delete", "patch", "options", "head"];

/** Where operations of the kind that we describe stand. */
const siblings: RegExp = /^\/accounts\/\{\}\/oauth_clients(?:\/|$)|^\/oauth\//;

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly item: Fields;
  readonly fields: Fields;
  readonly document: ApiDocument;
}

/** All differences, operation by operation; at last the operations that we do not describe. */
export function compareDescriptions(ours: ApiDocument, theirs: ApiDocument): Difference[] {
  const known = operationsOf(ours);
  const candidates = operationsOf(theirs);
  const byPlace = new Map(candidates.map((operation) => [placeOf(operation), operation]));
  const differences: Difference[] = [];
  for (const operation of known) {
    const same = byPlace.get(placeOf(operation)) ?? candidates.find(({ id }) => id === operation.id);
    const changes = same
      ? compareOperations(operation, same)
      : [{ breaks: true, text: `${operation.method} ${operation.path}: gone` }];
    for (const change of changes) differences.push({ operation: operation.id, ...change });
  }
  const places = new Set(known.map(placeOf));
  const ids = new Set(known.map(({ id }) => id));
  for (const operation of candidates) {
    if (!siblings.test(withoutNames(operation.path)) || places.has(placeOf(operation)) || ids.has(operation.id))
      continue;
    const { id, method, path } = operation;
    differences.push({
      operation: id || `${method} ${path}`,
      breaks: false,
      text: `${method} ${path}: not described here`,
    });
  }
  return differences;
}

export function operationsOf(document: ApiDocument): readonly Operation[] {
  return Object.entries(fields(document.root.paths)).flatMap(([path, value]) => {
    const item = document.resolve(value);
    return Object.keys(item)
      .filter((name) => methods.includes(name) && isFields(item[name]))
      .map((method) => {
        const operation = fields(item[method]);
        const id = String(operation.operationId ?? "");
        return { id, method: method.toUpperCase(), path, item, fields: operation, document };
      });
  });
}

function withoutNames(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, "{}").replace(/\/$/, "");
}

function placeOf({ method, path }: Operation): string {
  return `${method} ${withoutNames(path)}`;
}

function* compareOperations(ours: Operation, theirs: Operation): Changes {
  if (placeOf(ours) !== placeOf(theirs))
    yield { breaks: true, text: `${ours.method} ${ours.path}: moved to ${theirs.method} ${theirs.path}` };
  if (theirs.fields.deprecated === true) yield { breaks: false, text: "deprecated" };
  yield* compareServers(ours, theirs);
  yield* compareSecurity(ours, theirs);
  yield* comparePermission(ours, theirs);
  yield* compareParameters(ours, theirs);
  yield* compareRequestBodies(ours, theirs);
  yield* compareResponses(ours, theirs);
}

function* compareServers(ours: Operation, theirs: Operation): Changes {
  const servers = ({ fields: operation, item, document }: Operation) =>
    list(operation.servers ?? item.servers ?? document.root.servers).map((server) => String(fields(server).url));
  const [was, is] = [servers(ours), servers(theirs)];
  // A document without servers is served from beside the API, which nobody can tell of a file.
  if (is.length > 0 && !was.some((url) => is.includes(url)))
    yield { breaks: true, text: `server: was ${was.join(" or ")}, is ${is.join(" or ")}` };
}

/** The alternatives, each as the headers and the like that it takes, by what they are and not by what they are called. */
function alternatives({ fields: operation, document }: Operation): ReadonlySet<string>[] {
  const schemes = fields(document.resolve(document.root.components).securitySchemes);
  const found = list(operation.security ?? document.root.security).map((alternative) => {
    const names = Object.entries(fields(alternative)).map(([name, scopes]) => {
      const { type, scheme, in: place, name: key } = document.resolve(schemes[name]);
      const what = type === "http" ? scheme : type === "apiKey" ? `${place} ${key}` : (type ?? name);
      return [String(what), ...list(scopes)].join(" ");
    });
    return new Set(names);
  });
  return found.length > 0 ? found : [new Set()];
}

function* compareSecurity(ours: Operation, theirs: Operation): Changes {
  const [was, is] = [alternatives(ours), alternatives(theirs)];
  const show = (alternative: ReadonlySet<string>) => [...alternative].join(" with ") || "nothing";
  for (const alternative of was) {
    if (!is.some((other) => other.isSubsetOf(alternative)))
      yield { breaks: true, text: `credentials: ${show(alternative)} is no longer enough` };
  }
  for (const alternative of is) {
    if (!was.some((other) => other.isSubsetOf(alternative)))
      yield { breaks: false, text: `credentials: ${show(alternative)} is enough, too` };
  }
}

/** By the vendor's extension, a list of alternatives. */
function* comparePermission({ fields: ours }: Operation, { fields: theirs }: Operation): Changes {
  const groups = list(theirs["x-api-token-group"]);
  if (groups.length > 0 && !groups.includes(ours["x-permission"]))
    yield { breaks: true, text: `permission: was ${ours["x-permission"]}, is ${groups.join(" or ")}` };
}

/** The parameters by what a server tells them apart by: their names, but in a path their places. */
function parametersOf({ item, fields: operation, path, document }: Operation): ReadonlyMap<string, Fields> {
  const all = [...list(item.parameters), ...list(operation.parameters)].map((value) => document.resolve(value));
  const places: readonly string[] = path.match(/(?<=\{)[^}]*(?=\})/g) ?? [];
  return new Map(
    all.map((parameter) => {
      const { in: place, name } = parameter;
      const key = place === "path" ? places.indexOf(String(name)) : String(name).toLowerCase();
      return [`${place} ${key}`, parameter];
    }),
  );
}

function* compareParameters(ours: Operation, theirs: Operation): Changes {
  const [was, is] = [parametersOf(ours), parametersOf(theirs)];
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    const [before, now] = [was.get(key), is.get(key)];
    const { in: place, name } = before ?? now ?? {};
    const field = `${place} parameter ${name}`;
    if (!now) yield { breaks: true, text: `${field}: gone` };
    else if (!before)
      yield { breaks: now.required === true, text: `${field}: new${now.required === true ? ", and required" : ""}` };
    else {
      if (before.required !== true && now.required === true)
        yield { breaks: true, text: `${field}: was optional, is required` };
      // Of a path, no part is ever empty.
      const never = place === "path" ? { minLength: 1 } : {};
      const side = (parameter: Fields, { document }: Operation): Side => {
        const schema = parameter.schema ?? fields(Object.values(fields(parameter.content))[0]).schema;
        return { schema: { allOf: [schema, never] }, document };
      };
      yield* compareSchemas(side(before, ours), side(now, theirs), "request", field);
    }
  }
}

const json = "application/json";

/** A body's JSON schema; undefined if it is not JSON. */
function jsonSchema(body: Fields, document: ApiDocument): Side | undefined {
  const content = fields(body.content);
  const type = Object.keys(content).find((name) => name.split(";", 1)[0]?.trim().toLowerCase() === json);
  return type === undefined ? undefined : { schema: fields(content[type]).schema, document };
}

function* compareRequestBodies(ours: Operation, theirs: Operation): Changes {
  const bodyOf = ({ fields: { requestBody }, document }: Operation) =>
    requestBody === undefined ? undefined : document.resolve(requestBody);
  const [before, now] = [bodyOf(ours), bodyOf(theirs)];
  if (!before && !now) return;
  if (!before || !now) {
    const required = fields(now).required === true;
    const what = before ? "gone" : `new${required ? ", and required" : ""}`;
    yield { breaks: Boolean(before) || required, text: `request body: ${what}` };
    return;
  }
  if (before.required !== true && now.required === true)
    yield { breaks: true, text: "request body: was optional, is required" };
  yield* compareBodies(jsonSchema(before, ours.document), jsonSchema(now, theirs.document), "request", "request");
}

function* compareBodies(was: Side | undefined, is: Side | undefined, direction: Direction, label: string): Changes {
  if (was && is) yield* compareSchemas(was, is, direction, `${label} `);
  else if (was) yield { breaks: true, text: `${label}: is not ${json} now` };
}

function* compareResponses(ours: Operation, theirs: Operation): Changes {
  const was = fields(ours.fields.responses);
  const is = fields(theirs.fields.responses);
  const names = Object.keys(is).filter((name) => !name.startsWith("x-"));
  const compared = new Set<string>();
  for (const [status, response] of Object.entries(was)) {
    const range = `${status[0]}XX`;
    const inside = names.filter((name) => (status === range ? name[0] === status[0] : name === status));
    const around = names.filter((name) => name.toUpperCase() === range || name === "default").sort();
    const found = inside.length > 0 ? inside : around.slice(0, 1);
    if (found.length === 0) yield { breaks: true, text: `${status}: gone` };
    for (const other of found) {
      compared.add(other);
      const side = (value: unknown, { document }: Operation) => jsonSchema(document.resolve(value), document);
      yield* compareBodies(side(response, ours), side(is[other], theirs), "answer", other);
    }
  }
  for (const status of names) {
    // What is not an error must have the envelope that we know.
    if (!compared.has(status)) yield { breaks: /^[23]/.test(status), text: `${status}: new` };
  }
}
