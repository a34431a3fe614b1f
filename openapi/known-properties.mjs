/**
 * The lint rule `examples/known-properties`: an example has no property that its schema does not name. Redocly's own rule
 * does not look at what `allOf` composes, which is what most responses are.
 */

/** @param {unknown} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A schema and all that it is composed of, with references followed. */
function partsOf(schema, resolve) {
  const own = schema && "$ref" in schema ? resolve(schema).node : schema;
  const composed = [...(own?.allOf ?? []), ...(own?.anyOf ?? []), ...(own?.oneOf ?? [])];
  return own ? [own, ...composed.flatMap((part) => partsOf(part, resolve))] : [];
}

/** The keys that lead to each property of `value` that no part of `schema` names. */
function* unknownIn(value, schema, resolve, keys = []) {
  const parts = partsOf(schema, resolve);
  if (Array.isArray(value)) {
    const { items } = parts.find(({ items }) => items) ?? {};
    for (const [index, item] of value.entries()) yield* unknownIn(item, items, resolve, [...keys, index]);
  }
  if (!isObject(value)) return;
  const properties = Object.assign({}, ...parts.map((part) => part.properties));
  const isOpen = parts.some(({ additionalProperties }) => additionalProperties) || Object.keys(properties).length === 0;
  for (const [name, inner] of Object.entries(value)) {
    if (Object.hasOwn(properties, name)) yield* unknownIn(inner, properties[name], resolve, [...keys, name]);
    else if (!isOpen) yield [...keys, name];
  }
}

function knownProperties() {
  return {
    MediaType({ schema, examples = {} }, { location, report, resolve }) {
      for (const [name, given] of Object.entries(examples)) {
        const found = "$ref" in given ? resolve(given) : { node: given, location: location.child(["examples", name]) };
        for (const keys of unknownIn(found.node?.value, schema, resolve)) {
          report({
            message: `The example has ${keys.join(".")}, which its schema does not name.`,
            location: found.location.child(["value", ...keys]),
          });
        }
      }
    },
  };
}

export default function plugin() {
  return { id: "examples", rules: { oas3: { "known-properties": knownProperties } } };
}
