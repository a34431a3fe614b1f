import type { Operation } from "../../generated/operations.ts";
import { CloudflareError } from "./errors.ts";

/**
 * Puts the path parameters into a URL template, for openapi-fetch.
 *
 * @throws {CloudflareError} For a parameter that is missing, whose length the description does not allow, or that could
 *   lead to another path. Nothing has been sent.
 */
export function serializePath(
  template: string,
  parameters: Record<string, unknown>,
  limits: Operation["pathParameters"] = {},
): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(checked(name, parameters[name], limits[name])),
  );
}

function checked(
  name: string,
  value: unknown,
  { minLength = 1, maxLength }: Operation["pathParameters"][string] = {},
): string {
  if (typeof value !== "string" || value === "")
    throw new CloudflareError(`${name} is missing: pass a string that is not empty. Nothing was sent.`);
  // In code points, as JSON Schema counts; what most identifiers are made of has one for each character.
  const isPlain = /^[\w-]+$/.test(value);
  const length = isPlain ? value.length : [...value].length;
  if (length < minLength || length > (maxLength ?? length)) {
    const wanted = minLength === maxLength ? minLength : `${minLength} to ${maxLength}`;
    throw new CloudflareError(
      `${name} must have ${wanted} characters, but has ${length}. Check that it was copied whole. Nothing was sent.`,
    );
  }
  // Encoding would keep these in their segment, but not every proxy on the way leaves an encoded slash or dot alone.
  if (!isPlain && /^\.\.?$|[/\\?#%\p{C}]/u.test(value))
    throw new CloudflareError(
      `${name} ${JSON.stringify(value)} could lead to another path. Check that it was copied whole. Nothing was sent.`,
    );
  return value;
}
