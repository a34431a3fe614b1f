import schema from "../plan/plan.schema.json" with { type: "json" };

/** `plan-schema`: prints the JSON Schema of plans, for editors. */
export function planSchema(): number {
  process.stdout.write(`${JSON.stringify(schema, undefined, 2)}\n`);
  return 0;
}
