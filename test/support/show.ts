import { inspect } from "node:util";

/** All that can be shown of a value. */
export function show(value: unknown): string {
  const texts = [
    inspect(value, { depth: Infinity, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null }),
  ];
  texts.push(JSON.stringify(value) ?? "");
  if (value instanceof Error) texts.push(String(value), value.message, value.stack ?? "", show(value.cause));
  return texts.join("\n");
}
