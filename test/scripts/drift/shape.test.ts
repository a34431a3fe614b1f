import { expect, it } from "vitest";
import { ApiDocument } from "../../../scripts/drift/document.ts";
import { shapeOf } from "../../../scripts/drift/shape.ts";

const document = new ApiDocument({
  openapi: "3.1.0",
  paths: {},
  components: { schemas: { date: { type: "string", format: "date-time" } } },
});
const date = { $ref: "#/components/schemas/date" };
const text = { type: "string" };

it.for<{ what: string; one: unknown; other: unknown }>([
  { what: "null, in 3.0 and 3.1", one: { ...text, nullable: true }, other: { type: ["string", "null"] } },
  { what: "null, as a choice", one: { ...text, nullable: true }, other: { anyOf: [text, { type: "null" }] } },
  { what: "only null, in 3.0 and 3.1", one: { type: "object", nullable: true, enum: [null] }, other: { type: "null" } },
  {
    what: "a value or null, in 3.0 and 3.1",
    one: { ...text, nullable: true, enum: ["a", null] },
    other: { enum: ["a", null] },
  },
  { what: "one value, in 3.0 and 3.1", one: { enum: ["a"] }, other: { const: "a" } },
  {
    what: "an exclusive bound, in 3.0 and 3.1",
    one: { type: "number", maximum: 5, exclusiveMaximum: true },
    other: { type: "number", exclusiveMaximum: 5 },
  },
  {
    what: "an exclusive bound of whole numbers",
    one: { type: "integer", exclusiveMaximum: 5 },
    other: { type: "integer", maximum: 4 },
  },
  { what: "a reference", one: date, other: { type: "string", format: "date-time" } },
  {
    what: "a reference with more beside it",
    one: { ...date, maxLength: 9 },
    other: { allOf: [date, { maxLength: 9 }] },
  },
  { what: "an object that does not say so", one: { properties: {} }, other: { type: "object" } },
  { what: "a list that does not say so", one: { items: {} }, other: { type: "array" } },
  {
    what: "the stricter of two bounds",
    one: { allOf: [{ ...text, maxLength: 9 }, { maxLength: 8 }] },
    other: { ...text, maxLength: 8 },
  },
  {
    what: "the looser of two, as a choice",
    one: {
      oneOf: [
        { ...text, maxLength: 9 },
        { ...text, maxLength: 8 },
      ],
    },
    other: { ...text, maxLength: 9 },
  },
  { what: "no bound, where a branch has none", one: { oneOf: [text, { ...text, maxLength: 8 }] }, other: text },
  {
    what: "what both have of values",
    one: { allOf: [{ enum: ["a", "b"] }, { enum: ["b", "c"] }] },
    other: { enum: ["b"] },
  },
  {
    what: "what either has of values",
    one: { anyOf: [{ enum: ["a"] }, { enum: ["b"] }] },
    other: { enum: ["a", "b"] },
  },
  { what: "no format, where a branch has none", one: { anyOf: [date, text] }, other: text },
  {
    what: "items, of whose number a length is meant",
    one: { type: "array", minLength: 1 },
    other: { type: "array", minItems: 1 },
  },
  {
    what: "no bound that is for another type",
    one: { type: "boolean", maxLength: 1, minimum: 1 },
    other: { type: "boolean" },
  },
])("two schemas are alike that allow $what", ({ one, other }) => {
  const { items: _, ...shape } = shapeOf(one, document);
  const { items: __, ...same } = shapeOf(other, document);
  expect(shape).toEqual(same);
});

it("a property that two branches have is a choice, and required only if it is in both", () => {
  const branch = (type: string, required: string[]) => ({ required, properties: { a: { type }, b: text } });
  const { properties, required } = shapeOf(
    { oneOf: [branch("string", ["a", "b"]), branch("integer", ["b"])] },
    document,
  );
  expect(required).toEqual(new Set(["b"]));
  expect(shapeOf(properties.a, document).types).toEqual(new Set(["string", "integer"]));
});
