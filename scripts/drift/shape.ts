// For the set operations, which the scripts' Node has, but not the oldest that the product runs on.
/// <reference lib="es2025.collection" />
/**
 * What a schema allows, the same for OpenAPI 3.0 and 3.1, with its references followed and its parts (`allOf`, `anyOf`,
 * `oneOf`) put together. A choice is taken as one schema that allows what any of its branches does. `not`, conditions and
 * `additionalProperties` are left aside.
 */
import { type ApiDocument, DocumentError, type Fields, fields, isFields, list } from "./document.ts";

export interface Shape {
  /** JSON's types; `number` stands for numbers with a fraction. */
  readonly types: ReadonlySet<string>;
  /** The values that `enum` or `const` leaves, in addition to null. */
  readonly values: ReadonlySet<unknown> | undefined;
  /** `minLength` and the like. */
  readonly bounds: Readonly<Record<string, number>>;
  /** `format` and the like, of which no two can be put in order. */
  readonly marks: Readonly<Record<string, string>>;
  /** Schemas, to be looked at when they are needed: a large document's may lead in circles. */
  readonly properties: Fields;
  readonly required: ReadonlySet<string>;
  readonly items: unknown;
  readonly readOnly: boolean;
  readonly writeOnly: boolean;
  readonly deprecated: boolean;
  /** Whether it says by `x-assumed` that the vendor does not document it. */
  readonly assumed: boolean;
}

export const anyType: ReadonlySet<string> = new Set([
  "array",
  "boolean",
  "integer",
  "null",
  "number",
  "object",
  "string",
]);

/** Of each bound, the type that it is for, and whether the greater of two is the stricter. */
const boundKinds: Readonly<Record<string, { readonly type: string; readonly lower: boolean }>> = {
  minLength: { type: "string", lower: true },
  maxLength: { type: "string", lower: false },
  minItems: { type: "array", lower: true },
  maxItems: { type: "array", lower: false },
  minimum: { type: "integer", lower: true },
  maximum: { type: "integer", lower: false },
  exclusiveMinimum: { type: "integer", lower: true },
  exclusiveMaximum: { type: "integer", lower: false },
  minProperties: { type: "object", lower: true },
  maxProperties: { type: "object", lower: false },
};

const markNames = ["format", "pattern", "multipleOf", "uniqueItems", "default"];

/** Whether the bound `name` allows less at `value` than at `other`. */
export function isStricter(name: string, value: number | undefined, other: number | undefined): boolean {
  if (value === undefined || other === undefined) return value !== undefined && other === undefined;
  return boundKinds[name]?.lower ? value > other : value < other;
}

export function shapeOf(schema: unknown, document: ApiDocument): Shape {
  const shape = combined(schema, document, []);
  const bounds: Record<string, number> = {};
  for (const [name, value] of Object.entries(shape.bounds)) {
    // The vendor writes lengths at arrays, too, and means their items.
    const meant = shape.types.has("string") ? name : name.replace("Length", "Items");
    if (shape.types.has(boundKinds[meant]?.type ?? "")) bounds[meant] = value;
  }
  return { ...shape, bounds };
}

function combined(schema: unknown, document: ApiDocument, via: readonly string[]): Shape {
  if (!isFields(schema)) return own({});
  const parts = [own(schema)];
  const { $ref } = schema;
  if (typeof $ref === "string") {
    if (via.includes($ref)) throw new DocumentError(`The schema ${$ref} is a part of itself.`);
    parts.push(combined(document.target($ref), document, [...via, $ref]));
  }
  const within = (part: unknown) => combined(part, document, via);
  parts.push(...list(schema.allOf).map(within));
  for (const choice of [schema.anyOf, schema.oneOf]) {
    const branches = list(choice).map(within);
    if (branches.length > 0) parts.push(branches.reduce(either));
  }
  const all = parts.reduce(both);
  // Also beside `allOf`, where it has no effect by OpenAPI 3.0, but is meant to have one.
  return schema.nullable === true ? { ...all, types: all.types.union(new Set(["null"])) } : all;
}

/** What the keywords of a schema itself say. */
function own(schema: Fields): Shape {
  const values = "const" in schema ? [schema.const] : schema.enum === undefined ? undefined : list(schema.enum);
  const types = values ? ownTypes(schema).intersection(new Set(values.flatMap(typesOf))) : ownTypes(schema);
  return {
    types,
    values: values?.some((value) => value !== null) ? new Set(values.filter((value) => value !== null)) : undefined,
    bounds: ownBounds(schema, types),
    marks: Object.fromEntries(
      markNames.flatMap((name) => (isSaid(name, schema[name]) ? [[name, shown(schema[name])]] : [])),
    ),
    properties: fields(schema.properties),
    required: new Set(list(schema.required).map(String)),
    items: schema.items ?? {},
    readOnly: schema.readOnly === true,
    writeOnly: schema.writeOnly === true,
    deprecated: schema.deprecated === true,
    assumed: schema["x-assumed"] !== undefined,
  };
}

/** `uniqueItems: false` says nothing; `default: false` does. */
function isSaid(name: string, value: unknown): boolean {
  return value !== undefined && (name === "default" || value !== false);
}

function shown(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function ownTypes(schema: Fields): ReadonlySet<string> {
  if (schema.type === undefined) {
    // Strictly it allows all types, but nobody who lists properties or items means that.
    if (isFields(schema.properties)) return new Set(["object"]);
    return schema.items === undefined ? anyType : new Set(["array"]);
  }
  const named = Array.isArray(schema.type) ? schema.type : [schema.type];
  return new Set(named.flatMap((name) => (name === "number" ? ["integer", "number"] : [String(name)])));
}

function typesOf(value: unknown): readonly string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  return typeof value === "number" ? ["integer", "number"] : [typeof value];
}

function ownBounds(schema: Fields, types: ReadonlySet<string>): Readonly<Record<string, number>> {
  const bounds: Record<string, number> = {};
  for (const name of Object.keys(boundKinds)) {
    const value = schema[name];
    if (typeof value === "number") bounds[name] = value;
  }
  for (const [name, step] of [
    ["minimum", 1],
    ["maximum", -1],
  ] as const) {
    const exclusive = name === "minimum" ? "exclusiveMinimum" : "exclusiveMaximum";
    // In OpenAPI 3.0 it is a boolean beside the bound.
    const bound = schema[exclusive] === true ? bounds[name] : bounds[exclusive];
    if (bound === undefined) continue;
    if (schema[exclusive] === true) delete bounds[name];
    bounds[exclusive] = bound;
    if (types.has("number")) continue;
    bounds[name] = bound + step;
    delete bounds[exclusive];
  }
  return bounds;
}

/** What two schemas allow that must both be kept. */
function both(one: Shape, other: Shape): Shape {
  return {
    types: one.types.intersection(other.types),
    values: one.values && other.values ? one.values.intersection(other.values) : (one.values ?? other.values),
    bounds: merged(one.bounds, other.bounds, (a, b, name) => (isStricter(name, a, b) ? a : b)),
    marks: merged(one.marks, other.marks, (a, b) => (a === b ? a : `${a} and ${b}`)),
    properties: merged(one.properties, other.properties, (a, b) => ({ allOf: [a, b] })),
    required: one.required.union(other.required),
    items: { allOf: [one.items, other.items] },
    readOnly: one.readOnly || other.readOnly,
    writeOnly: one.writeOnly || other.writeOnly,
    deprecated: one.deprecated || other.deprecated,
    assumed: one.assumed || other.assumed,
  };
}

/** What two schemas allow of which one must be kept. */
function either(one: Shape, other: Shape): Shape {
  // The way of OpenAPI 3.1 to say that something may be null takes nothing from its other rules.
  const types = one.types.union(other.types);
  if (isNull(other)) return { ...one, types };
  if (isNull(one)) return { ...other, types };
  const common = <T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(a).filter(([name]) => name in b));
  return {
    types,
    values: one.values && other.values && one.values.union(other.values),
    bounds: merged(common(one.bounds, other.bounds), common(other.bounds, one.bounds), (a, b, name) =>
      isStricter(name, a, b) ? b : a,
    ),
    marks: merged(common(one.marks, other.marks), common(other.marks, one.marks), (a, b) =>
      a === b ? a : `${a} or ${b}`,
    ),
    properties: merged(one.properties, other.properties, (a, b) => ({ anyOf: [a, b] })),
    required: one.required.intersection(other.required),
    items: { anyOf: [one.items, other.items] },
    readOnly: one.readOnly && other.readOnly,
    writeOnly: one.writeOnly && other.writeOnly,
    deprecated: one.deprecated || other.deprecated,
    assumed: one.assumed || other.assumed,
  };
}

function isNull({ types }: Shape): boolean {
  return types.size === 1 && types.has("null");
}

function merged<T>(
  one: Readonly<Record<string, T>>,
  other: Readonly<Record<string, T>>,
  combine: (a: T, b: T, name: string) => T,
): Readonly<Record<string, T>> {
  const all: Record<string, T> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const present = Object.hasOwn(all, name) ? all[name] : undefined;
    all[name] = present === undefined ? value : combine(present, value, name);
  }
  return all;
}
