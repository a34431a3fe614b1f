/** Keeps of a request or a response what describes the API, and nothing of the account that it belongs to. */
import { knownSecrets } from "../../client/known-secrets.ts";

export interface Hidden {
  /** The API's base URL, for which the vendor's stands. */
  readonly baseURL: string;
  /** Values that may stand: those that this program sent itself, and the API's own words. */
  readonly known: ReadonlySet<string>;
}

const vendorURL = "https://api.cloudflare.com/client/v4";
/** An instant in ISO 8601. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
/** The parts of the paths of the API that are no ids. */
const pathWords: readonly string[] = ["accounts", "oauth_clients", "rotate_secret", "oauth", "scopes"];

/** The address at the vendor's API, its ids replaced. */
export function hideInUrl(url: string, { baseURL }: Hidden): string {
  const [path = ""] = (url.startsWith(baseURL) ? url.slice(baseURL.length) : "").split("?", 1);
  return (
    vendorURL +
    path
      .split("/")
      .map((part) => (pathWords.includes(part) ? part : covered(part)))
      .join("/")
  );
}

/** JSON with the same fields and types; anything else is not shown. */
export function hideInBody(text: string, hidden: Hidden): string {
  if (text === "") return "";
  try {
    return JSON.stringify(hide(JSON.parse(text), "", hidden));
  } catch {
    return "";
  }
}

function hide(value: unknown, name: string, hidden: Hidden): unknown {
  if (typeof value === "string") return hideText(value, name, hidden);
  // A number of an account would be longer than a code.
  if (typeof value === "number") return Math.abs(value) < 1_000_000 ? value : 1_000_000;
  if (Array.isArray(value)) return value.map((item) => hide(item, name, hidden));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      /^[a-z_]{1,40}$/.test(key) ? key : covered(key),
      hide(item, key, hidden),
    ]),
  );
}

function hideText(text: string, name: string, { known }: Hidden): string {
  if (known.has(text) || instant.test(text)) return text;
  // The text of an error, reduced to plain words.
  if (name === "message" && !knownSecrets().some((secret) => text.includes(secret)))
    return text.replaceAll(/\S+/g, (word) => (isPlainWord(word) ? word : covered(word)));
  return covered(text);
}

function isPlainWord(word: string): boolean {
  return /^[("'`]?([A-Z]?[a-z]{0,15}|[A-Z]{2,5})[)"'`]?[.,:;?!]?$/.test(word);
}

/** Of the same length, which the description may limit. */
function covered(text: string): string {
  return "x".repeat(text.length);
}
