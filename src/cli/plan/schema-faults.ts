import { type Schema, Validator } from "@cfworker/json-schema";
import { distance } from "../../node/distance.ts";
import schema from "./plan.schema.json" with { type: "json" };
import type { Path } from "./plan-position.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong, and where. */
export interface PlanFault {
  readonly path: Path;
  /** Whether it is the key at the end of the path that is wrong, not its value. */
  readonly isKey: boolean;
  readonly message: string;
  /** What it conflicts with; its line is added to the message. */
  readonly other?: Path;
}

/** All that a plan has against the schema, in a person's words. */
export function findSchemaFaults(plan: unknown): PlanFault[] {
  // A copy, since the validator writes into it.
  const copy = structuredClone(schema) as Schema;
  const { errors } = new Validator(copy, "2020-12", false).validate(plan ?? null);
  return errors.flatMap(({ keyword, keywordLocation, instanceLocation, error }) => {
    const path = steps(instanceLocation);
    const fault = (message: string, isKey = false, more: PlanFault["path"] = []): PlanFault[] => [
      { path: [...path, ...more], isKey, message },
    ];
    const value = valueAt(plan, path);
    const rule = ruleAt(keywordLocation);
    switch (keyword) {
      case "additionalProperties": {
        const key = /"(.*)"/s.exec(error)?.[1] ?? "";
        const known = Object.keys(ruleAt(`${keywordLocation.slice(0, -keyword.length)}properties`) as Fields);
        // Also reported for a known key that has a fault of its own.
        if (known.includes(key)) return [];
        const nearest = nearestOf(key, known);
        const hint = nearest ? `did you mean "${nearest}"?` : `the keys are ${known.join(", ")}`;
        return fault(`unknown key "${key}"; ${hint}`, true, [key]);
      }
      case "required":
        return fault(`lacks "${/"(.*)"/s.exec(error)?.[1]}"`);
      case "type":
        return fault(
          path.length === 0 && isNothing(value) ? 'the plan is empty; it needs "clients"' : wrongType(value, rule),
        );
      case "pattern":
        return fault(`${JSON.stringify(value)} ${ruleAt(`${keywordLocation}ErrorMessage`)}`);
      case "minLength":
        return fault("must not be empty");
      case "not":
        return fault("must be a command, or false");
      case "enum":
        return fault(`must be one of ${[rule].flat().join(", ")}`);
      case "minimum":
        return fault(`must be ${rule} or more`);
      case "maximum":
        return fault(`must be ${rule} or less`);
      case "minItems":
        return fault("must not be empty");
      default:
        // A part has a fault, which is reported at its own place.
        return [];
    }
  });
}

/** The schema's value for a keyword. */
function ruleAt(location: string): unknown {
  let found: unknown = schema;
  for (const step of steps(location)) {
    const next = (found as Fields | undefined)?.[step];
    found = step === "$ref" ? ruleAt(String(next)) : next;
  }
  return found;
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined;
}

/** What a plan needs for a type of JSON, in the words of one who writes it. */
const written: Fields = {
  object: "a group of lines `key: value`",
  array: "a list",
  string: "a text",
  integer: "a whole number",
  boolean: "false",
};

function wrongType(value: unknown, rule: unknown): string {
  if (isNothing(value)) return "has no value";
  const wanted = [rule].flat();
  if (wanted.includes("string") && typeof value === "number") return "must be a text, not a number: put it in quotes";
  const hint = wanted.includes("array") && typeof value === "string" ? `: write [${JSON.stringify(value)}]` : "";
  return `must be ${wanted.map((type) => written[String(type)] ?? type).join(" or ")}${hint}`;
}

/** The steps of a JSON pointer in a URI's fragment. */
function steps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(plan: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Fields | undefined)?.[step], plan);
}

/** The nearest right spelling of a key. */
function nearestOf(key: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_ ]/g, "");
  const [nearest] = known
    .map((name) => ({ name, away: distance(plain(key), plain(name)) }))
    .filter(({ name, away }) => away <= Math.max(1, name.length / 3))
    .sort((a, b) => a.away - b.away);
  return nearest?.name;
}
