import description from "../../generated/openapi.json" with { type: "json" };
import type { CodeSample } from "../code-samples.ts";
import { definitions, fenced, table } from "./markdown.ts";
import type { Page } from "./pages.ts";

/** What is read here of a schema, a parameter or a response. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
  readonly allOf?: readonly unknown[];
}

interface Content {
  readonly "application/json"?: { readonly schema: unknown; readonly examples?: Readonly<Record<string, unknown>> };
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly "x-idempotent": boolean;
  readonly "x-permission": string;
  readonly "x-assumed"?: string;
  readonly "x-codeSamples": readonly CodeSample[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Parameter extends Schema {
  readonly name: string;
  readonly schema: Schema;
}

interface Item {
  readonly parameters?: readonly unknown[];
  readonly [method: string]: unknown;
}

interface Found {
  readonly request: string;
  readonly parameters: readonly Parameter[];
  readonly operation: Operation;
}

/** The HTTP reference: a page for each operation of `generated/openapi.json`. */
export function endpointPages(): Page {
  const found = Object.entries(description.paths).flatMap(([path, { parameters = [], ...methods }]: [string, Item]) =>
    Object.entries(methods).map(([method, operation]) => ({
      request: `${method.toUpperCase()} ${path}`,
      parameters: parameters.map((parameter) => resolve<Parameter>(parameter)),
      operation: operation as Operation,
    })),
  );
  const { info, servers } = description;
  return {
    path: "http",
    title: "HTTP endpoints",
    text: [
      "# HTTP endpoints",
      info.description,
      `The server is \`${servers[0]?.url}\`. The package has the [OpenAPI description](site:guides/client.html#read-the-envelope-or-call-an-operation-that-has-no-method) of all this as \`cloudflare-oauth-clients/openapi.json\`.`,
      table(
        ["operation", "request"],
        found.map(({ request, operation }) => [
          `[${operation.summary}](site:${pathOf(operation)}.html)`,
          `\`${request}\``,
        ]),
      ),
    ].join("\n\n"),
    pages: found.map((one) => ({ path: pathOf(one.operation), title: one.operation.summary, text: describe(one) })),
  };
}

function pathOf({ operationId }: Operation): string {
  return `http/${operationId}`;
}

function describe({ request, parameters, operation }: Found): string {
  const { summary, "x-idempotent": isIdempotent, "x-assumed": assumed, "x-codeSamples": samples } = operation;
  const [[status, success] = ["200", {}], ...failures] = Object.entries(operation.responses).sort();
  return [
    `# ${summary}`,
    fenced("http", request),
    operation.description.trim(),
    `Safe to send again when the response is lost: **${isIdempotent ? "yes" : "no"}**.`,
    ...samples.flatMap(({ lang, label, source }) =>
      lang === "Shell" ? [`## ${label}`, fenced("sh", source)] : [`## ${lang}`, fenced("typescript", source)],
    ),
    ...fieldList(
      "Path parameters",
      parameters.map(({ name, description, schema }) => [name, true, schema, description]),
    ),
    ...content("Request body", operation.requestBody?.content),
    ...content(`Response ${status}`, resolve<{ content?: Content }>(success).content),
    "## Errors",
    table(
      ["status", "meaning"],
      failures.map(([status, response]) => [status, resolve<Schema>(response).description ?? ""]),
    ),
    ...(assumed === undefined ? [] : ["## What Cloudflare does not document", assumed]),
  ].join("\n\n");
}

/** The fields of a body, after its first example. */
function content(heading: string, { "application/json": json }: Content = {}): string[] {
  if (!json) return [];
  const [example] = Object.values(json.examples ?? {});
  const { value } = resolve<{ value?: unknown }>(example ?? {});
  const shown = value === undefined ? [] : [fenced("json", JSON.stringify(value, null, 2))];
  return fieldList(heading, fieldsOf(json.schema), shown);
}

type Field = readonly [name: string, isRequired: boolean, schema: Schema, text: string | undefined];

function fieldList(heading: string, fields: readonly Field[], shown: readonly string[] = []): string[] {
  if (fields.length === 0) return [];
  const list = fields.map(([name, isRequired, schema, text = ""]) => ({
    name,
    note: [typeOf(schema), isRequired && "required"].filter(Boolean).join(", "),
    text: text.replaceAll(/\s+/g, " ").trim(),
  }));
  const prefix = heading.toLowerCase().replaceAll(" ", "-");
  return [`## ${heading}`, ...shown, definitions(prefix, list)];
}

/** The fields of an object, those of objects in it by their paths. */
function fieldsOf(given: unknown, path = ""): Field[] {
  const { properties, required, items } = merged(given);
  if (items !== undefined) return fieldsOf(items, `${path}[]`);
  return Object.entries(properties ?? {}).flatMap(([name, value]): Field[] => {
    const schema = merged(value);
    const full = path === "" ? name : `${path}.${name}`;
    return [[full, required?.includes(name) ?? false, schema, schema.description], ...fieldsOf(schema, full)];
  });
}

/** A schema with all that its parts say. */
function merged(given: unknown): Schema {
  const { allOf = [], ...schema } = resolve<Schema>(given);
  const parts = [...allOf.map(merged), schema];
  return Object.assign({}, ...parts, {
    required: parts.flatMap(({ required = [] }) => required),
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
  });
}

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.items !== undefined) return `array of ${typeOf(merged(schema.items))}`;
  const type = [schema.type ?? "object"].flat().join(" or ");
  return schema.format === undefined ? type : `${type} (${schema.format})`;
}

/** What a reference leads to; anything else as it is. */
function resolve<T>(given: unknown): T {
  if (typeof given !== "object" || given === null || !("$ref" in given)) return given as T;
  const path = String(given.$ref).split("/").slice(1);
  return resolve(path.reduce<unknown>((part, name) => Object(part)[name], description));
}
