/**
 * Compares our description with the vendor's document, by direction: the vendor may take more than we send, and answer less
 * than we expect, but not the other way round.
 */
import type { ApiDocument } from "./document.ts";
import { anyType, isStricter, type Shape, shapeOf } from "./shape.ts";

/** Whether a caller sends the schema's value, or gets it. */
export type Direction = "request" | "answer";

export interface Change {
  /** Whether it could break a caller. */
  readonly breaks: boolean;
  /** The field, a colon, and what is the case with it now. */
  readonly text: string;
}

/** A schema, and the document that its references are of. */
export interface Side {
  readonly schema: unknown;
  readonly document: ApiDocument;
}

type Changes = Generator<Change, void>;

export function* compareSchemas(ours: Side, theirs: Side, direction: Direction, field: string): Changes {
  const was = shapeOf(ours.schema, ours.document);
  const is = shapeOf(theirs.schema, theirs.document);
  const change = (breaks: boolean, text: string): Change => ({ breaks, text: `${field.trimEnd()}: ${text}` });

  if (was.types.isDisjointFrom(is.types)) {
    yield change(true, `was ${names(was.types)}, is ${names(is.types)}`);
    return;
  }
  if (is.types.size === anyType.size && was.types.size < anyType.size) {
    yield change(direction === "answer", "may be anything now");
    return;
  }
  yield* allowed(was.types, is.types, names, direction, change);
  if (was.values && is.values) yield* allowed(was.values, is.values, quoted, direction, change);
  else if (is.values) yield change(direction === "request", `is only ${quoted(is.values)} now`);
  else if (was.values) yield change(direction === "answer", `is no longer only ${quoted(was.values)}`);
  yield* limits(was, is, direction, change);

  if (was.types.has("object") && is.types.has("object"))
    yield* properties(was, is, ours.document, theirs.document, direction, field);
  if (was.types.has("array") && is.types.has("array")) {
    const items = (shape: Shape, { document }: Side): Side => ({ schema: shape.items, document });
    yield* compareSchemas(items(was, ours), items(is, theirs), direction, `${field}[]`);
  }
}

/** Types or values that there were, or are. */
function* allowed<T>(
  was: ReadonlySet<T>,
  is: ReadonlySet<T>,
  show: (some: ReadonlySet<T>) => string,
  direction: Direction,
  change: (breaks: boolean, text: string) => Change,
): Changes {
  const gone = was.difference(is);
  const added = is.difference(was);
  const request = direction === "request";
  if (gone.size > 0) yield change(request, request ? `no longer takes ${show(gone)}` : `is never ${show(gone)} now`);
  if (added.size > 0) yield change(!request, request ? `also takes ${show(added)}` : `may also be ${show(added)}`);
}

function* limits(
  was: Shape,
  is: Shape,
  direction: Direction,
  change: (breaks: boolean, text: string) => Change,
): Changes {
  for (const name of new Set([...Object.keys(was.bounds), ...Object.keys(is.bounds)])) {
    const [before, now] = [was.bounds[name], is.bounds[name]];
    if (before === now) continue;
    // A wider bound of a response is in nobody's types.
    const breaks = direction === "request" && isStricter(name, now, before);
    yield change(breaks, `${name} was ${before ?? "none"}, is ${now ?? "none"}`);
  }
  for (const name of new Set([...Object.keys(was.marks), ...Object.keys(is.marks)])) {
    const [before, now] = [was.marks[name], is.marks[name]];
    if (before === now) continue;
    // A program that reads a date must continue to find one.
    const breaks =
      direction === "request" ? now !== undefined && name !== "default" : name === "format" && before !== undefined;
    yield change(breaks, `${name} was ${before ?? "none"}, is ${now ?? "none"}`);
  }
}

function* properties(
  was: Shape,
  is: Shape,
  ours: ApiDocument,
  theirs: ApiDocument,
  direction: Direction,
  field: string,
): Changes {
  const request = direction === "request";
  const visible = (shape: Shape, document: ApiDocument) => {
    const names = new Set([...Object.keys(shape.properties), ...shape.required]);
    return new Map(
      [...names]
        .map((name) => [name, shapeOf(shape.properties[name], document)] as const)
        .filter(([, property]) => !(request ? property.readOnly : property.writeOnly)),
    );
  };
  const before = visible(was, ours);
  const now = visible(is, theirs);
  for (const name of new Set([...before.keys(), ...now.keys()])) {
    const path = /[\]\w]$/.test(field) ? `${field}.${name}` : `${field}${name}`;
    const required = { before: was.required.has(name), now: is.required.has(name) };
    if (!now.has(name)) {
      if (!before.get(name)?.assumed) yield { breaks: true, text: `${path}: not in the vendor's document` };
    } else if (!before.has(name)) {
      yield { breaks: request && required.now, text: `${path}: new${required.now ? ", and required" : ""}` };
    } else {
      if (before.get(name)?.assumed) yield { breaks: false, text: `${path}: documented now, and assumed no longer` };
      if (now.get(name)?.deprecated && !before.get(name)?.deprecated)
        yield { breaks: false, text: `${path}: deprecated` };
      if (required.before && !required.now) yield { breaks: !request, text: `${path}: was required, is optional` };
      if (!required.before && required.now) yield { breaks: request, text: `${path}: was optional, is required` };
      const side = (shape: Shape, document: ApiDocument): Side => ({ schema: shape.properties[name], document });
      yield* compareSchemas(side(was, ours), side(is, theirs), direction, path);
    }
  }
}

function names(types: ReadonlySet<string>): string {
  if (types.size === 0) return "nothing";
  return [...types].filter((name) => name !== "integer" || !types.has("number")).join(" or ");
}

function quoted(values: ReadonlySet<unknown>): string {
  return [...values].map((value) => JSON.stringify(value)).join(" or ");
}
