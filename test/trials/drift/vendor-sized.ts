/**
 * Documents of the size and the shape of the vendor's: the vendor-like operations among thousands of others, whose schemas are put
 * together by `allOf` from shared parts, some of which lead in circles.
 */
import { type Fields, fields, isFields } from "../../../scripts/drift/document.ts";

/** Bytes of the vendor's document as JSON. */
export const vendorSize: number = 27 * 1024 * 1024;

/** What is added to a document so that as JSON it has the vendor's size. */
export interface Others {
  readonly before: Fields;
  readonly after: Fields;
  readonly schemas: Fields;
}

/** @param small The document that it is to be added to. */
export function others(small: Fields): Others {
  const bytesOf = (index: number) => JSON.stringify([...pathsOf(index), ...schemasOf(index)]).length;
  const count = Math.ceil((vendorSize - JSON.stringify(small).length) / bytesOf(10_000));
  const indices = Array.from({ length: count }, (_, index) => index);
  const half = Math.floor(count / 2);
  return {
    before: Object.fromEntries(indices.slice(0, half).flatMap(pathsOf)),
    after: Object.fromEntries(indices.slice(half).flatMap(pathsOf)),
    schemas: Object.fromEntries(indices.flatMap(schemasOf)),
  };
}

/** The document, in the middle of the others. */
export function amid(small: Fields, { before, after, schemas }: Others): Fields {
  const components = fields(small.components);
  return {
    ...small,
    paths: { ...before, ...fields(small.paths), ...after },
    components: { ...components, schemas: { ...schemas, ...fields(components.schemas) } },
  };
}

/** The same document in the words of OpenAPI 3.1. */
export function asOpenAPI31(document: Fields): Fields {
  return { ...fields(rewritten(document)), openapi: "3.1.0" };
}

/** Without OpenAPI 3.0's `nullable`. */
export function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (!isFields(value)) return value;
  const { nullable, ...rest } = value;
  const all = Object.fromEntries(Object.entries(rest).map(([name, item]) => [name, rewritten(item)]));
  if (nullable !== true) return all;
  // What OpenAPI 3.0 leaves open, JSON Schema does not: null must be among the values.
  if (Array.isArray(all.enum) && !all.enum.includes(null)) all.enum = [...all.enum, null];
  return typeof all.type === "string" ? { ...all, type: [all.type, "null"] } : { anyOf: [all, { type: "null" }] };
}

function pathsOf(index: number): [string, Fields][] {
  const schema = (name: string) => ({
    "application/json": { schema: { $ref: `#/components/schemas/${name}_${index}` } },
  });
  const responses = {
    "200": { description: `Response of widget ${index}`, content: schema("widget_response") },
    "4XX": {
      description: "Failure",
      content: { "application/json": { schema: { $ref: "#/components/schemas/iam_response_failure" } } },
    },
  };
  const parameters = [
    { name: "account_id", in: "path", required: true, schema: { $ref: "#/components/schemas/iam_account" } },
  ];
  const operation = (verb: string) => ({
    operationId: `widgets-${index}-${verb}`,
    summary: `The ${verb} of widget ${index}`,
    description: `Widgets of kind ${index} belong to an account. `.repeat(4),
    parameters,
    responses,
    "x-api-token-group": ["Widgets Write", "Widgets Read"],
  });
  const body = { requestBody: { required: true, content: schema("widget") } };
  return [
    [`/accounts/{account_id}/widgets_${index}`, { get: operation("get"), put: { ...operation("put"), ...body } }],
  ];
}

function schemasOf(index: number): [string, Fields][] {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const properties = Object.fromEntries(
    Array.from({ length: 12 }, (_, position) => [
      `field_${position}`,
      {
        type: "string",
        nullable: position % 3 === 0,
        maxLength: 100 + position,
        description: `Field ${position} of ${index}.`,
      },
    ]),
  );
  const widget = { type: "object", properties: { ...properties, parent: ref(`widget_${index}`) } };
  const response = { allOf: [ref("iam_response_common"), { properties: { result: ref(`widget_${index}`) } }] };
  return [
    [`widget_${index}`, widget],
    [`widget_response_${index}`, response],
  ];
}
