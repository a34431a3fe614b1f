/** Compares the operations that we describe with those of the vendor's document. */
import { type Change, compareSchemas, type Direction, type Side } from "./compare-schemas.ts";
import { type ApiDocument, type Fields, fields, isFields, list } from "./document.ts";
import { compareWording, type Recorded } from "./wording.ts";

/** A change, and the operation that it is of. */
export interface Difference extends Change {
  readonly operation: string;
}

type Changes = Generator<Change, void>;

const methods: readonly string[] = ["get", "put", "post", "delete", "patch", "options", "head"];

/** Where operations of the kind that we describe stand. */
const siblings: RegExp = /oauth_client|^\/oauth\//;

/** The note on anything that the description has and the vendor's document has not: nobody knows whether it ever had. */
const missing = "not in the vendor's document";

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly item: Fields;
  readonly fields: Fields;
  readonly document: ApiDocument;
}

/** All differences, operation by operation; at last the operations that we do not describe. */
export function compareDescriptions(ours: ApiDocument, theirs: ApiDocument, recorded: Recorded): Difference[] {
  const known = operationsOf(ours);
  const candidates = operationsOf(theirs);
  const byPlace = new Map(candidates.map((operation) => [placeOf(operation), operation]));
  const differences: Difference[] = [];
  for (const operation of known) {
    const same = byPlace.get(placeOf(operation)) ?? candidates.find(({ id }) => id === operation.id);
    const changes = same
      ? [...compareOperations(operation, same), ...compareWording(recorded[operation.id] ?? {}, same.fields)]
      : [{ breaks: true, text: `${operation.method} ${operation.path}: ${missing}` }];
    // Two of our responses may be one of the vendor's.
    const once = new Map(changes.map((change) => [change.text, change]));
    for (const change of once.values()) differences.push({ operation: operation.id, ...change });
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
  if (theirs.fields.deprecated === true && ours.fields.deprecated !== true) yield { breaks: false, text: "deprecated" };
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
  // A document without servers is served from beside the API, which a file does not show.
  if (is.length > 0 && !was.some((url) => is.includes(url)))
    yield { breaks: true, text: `server: was ${was.join(" or ")}, is ${is.join(" or ")}` };
}

/** The alternatives, each as the headers and the like that it takes, by their contents and not by their names. */
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
  const was = String(ours["x-permission"] ?? "none");
  const groups = list(theirs["x-api-token-group"]).map(String);
  const is = groups.length > 0 ? groups : ["none"];
  const breaks = !is.includes(was) && !is.includes("none");
  if (is.length > 1 || is[0] !== was) yield { breaks, text: `permission: was ${was}, is ${is.join(" or ")}` };
}

/** The parameters by the way in which a server tells them apart: their names, but in a path their places. */
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
    if (!now) {
      if (before?.["x-assumed"] === undefined) yield { breaks: true, text: `${field}: ${missing}` };
    } else if (!before)
      yield { breaks: now.required === true, text: `${field}: new${now.required === true ? ", and required" : ""}` };
    else {
      if (before.required !== true && now.required === true)
        yield { breaks: true, text: `${field}: was optional, is required` };
      if (before.deprecated !== true && now.deprecated === true) yield { breaks: false, text: `${field}: deprecated` };
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
    const what = before ? missing : `new${required ? ", and required" : ""}`;
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
  // Within a range, one of our responses for one status says more than the vendor documents.
  const documented = Object.keys(was).filter((status) => !Object.keys(was).some((name) => covers(name, status)));
  for (const status of documented) {
    const isAssumed = ours.document.resolve(was[status])["x-assumed"] !== undefined;
    if (!isAssumed && !names.some((name) => overlap(name, status)))
      yield { breaks: true, text: `${status}: ${missing}` };
  }
  for (const name of names) {
    if (name === "default" && names.some((other) => covers(name, other))) continue;
    const known = documented.find((status) => overlap(name, status));
    const { description } = theirs.document.resolve(is[name]);
    // A failure's own status is something to branch on. A success must have the envelope that we know.
    if (known === undefined || (known !== name && covers(known, name)))
      yield { breaks: /^[23]/.test(name), text: `${name}: new${description ? ` (${description})` : ""}` };
    if (known === undefined) continue;
    const [before, now] = [ours.document.resolve(was[name] ?? was[known]), theirs.document.resolve(is[name])];
    yield* compareBodies(jsonSchema(before, ours.document), jsonSchema(now, theirs.document), "answer", name);
    const headers = (response: Fields) => Object.keys(fields(response.headers)).map((header) => header.toLowerCase());
    for (const header of headers(now)) {
      if (!headers(before).includes(header)) yield { breaks: false, text: `${name} header ${header}: new` };
    }
  }
}

function overlap(one: string, other: string): boolean {
  return one === other || covers(one, other) || covers(other, one);
}

/** Whether the response `name` is also that of `status`, a status or a range of them, without being named so. */
function covers(name: string, status: string): boolean {
  if (name === "default") return /^[45]/.test(status);
  return /XX$/i.test(name) && name.toUpperCase() !== status.toUpperCase() && name[0] === status[0];
}
