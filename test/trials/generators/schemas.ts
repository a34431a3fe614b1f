/** The properties of an object, and which of them are always there. */
export interface Shape {
  readonly properties: readonly string[];
  readonly required: readonly string[];
}

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

/** The shape of each schema that is an object, read from the description without any code of the project. */
export function shapesOf(schemas: Readonly<Record<string, Schema>>): Map<string, Shape> {
  const partsOf = (schema: Schema): Schema[] => {
    const target = schema.$ref === undefined ? schema : schemas[schema.$ref.split("/").at(-1) ?? ""];
    if (target === undefined) throw new Error(`${schema.$ref} leads nowhere.`);
    return [target, ...(target.allOf ?? []).flatMap(partsOf)];
  };
  const shapes = Object.entries(schemas).map(([name, schema]) => {
    const parts = partsOf(schema);
    const properties = new Set(parts.flatMap((part) => Object.keys(part.properties ?? {})));
    const required = new Set(parts.flatMap((part) => part.required ?? []));
    return [name, { properties: [...properties].sort(), required: [...required].sort() }] as const;
  });
  return new Map(shapes.filter(([, { properties }]) => properties.length > 0));
}
