import schema from "../plan/plan.schema.json" with { type: "json" };
import type { CommandDefinition } from "./definition.ts";

/** `plan-schema`: prints the JSON Schema of plans, for editors. */
export const command: CommandDefinition = {
  about: "Print the JSON Schema of a plan, with which editors complete and check it.",
  examples: `$ cf-oauth plan-schema > rotation-plan.schema.json`,
  print() {
    process.stdout.write(`${JSON.stringify(schema, undefined, 2)}\n`);
  },
};
