/** The texts in which a secret is searched for, by the characters that are left out of them. */
export const views = {
  /** As it is. */
  plain: "",
  /** Base64 and hex come in groups and lines. */
  ungrouped: " \t\r\n:",
  /** Shells, JSON and programs quote in many ways, all of which put these characters between those of the secret. */
  unquoted: "\\'\"",
} as const;

export type ViewName = keyof typeof views;

/** A way to write a secret. */
export interface Form {
  readonly text: string;
  /** The view of a text in which it is searched for. */
  readonly view: ViewName;
  /** For each place of the text, the length of the longest beginning of the text that ends there, but is not all of it. */
  readonly fallback: Int32Array;
}

/** The shortest piece of an encoding that is cut out: fewer characters tell nothing, and would garble the rest. */
const shortest = 6;
/** How many secrets' forms are kept. */
const mostKept = 100;
const kept = new Map<string, readonly Form[]>();

/**
 * All the ways in which a program may print a secret: as it is, and as base64, hex, URLs, JSON, `printf %q` and `set -x` write it.
 */
export function formsOf(secret: string): readonly Form[] {
  const made = kept.get(secret);
  if (made) return made;
  const texts: Readonly<Record<ViewName, readonly string[]>> = {
    plain: [secret, ...urlForms(secret), ...jsonForms(secret)],
    ungrouped: [secret, ...base64Forms(Buffer.from(secret)), ...hexForms(Buffer.from(secret))],
    unquoted: [secret, ...escapeForms(secret)],
  };
  const forms = (Object.keys(views) as ViewName[]).flatMap((view) => {
    const left = texts[view].map((text) => without(text, views[view]));
    return [...new Set(left)]
      .filter((text) => view === "plain" || text.length >= shortest)
      .map((text) => ({ text, view, fallback: fallbackOf(text) }));
  });
  if (kept.size >= mostKept) kept.clear();
  kept.set(secret, forms);
  return forms;
}

function urlForms(secret: string): string[] {
  // Decoded, since a surrogate alone has no URL form.
  const url = encodeURIComponent(Buffer.from(secret).toString());
  const strict = url.replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return [url, strict]
    .flatMap((form) => [form, form.replaceAll("%20", "+")])
    .flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

function jsonForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replace(/[^ -~]/g, escaped);
  // The second is Go's encoder.
  return [json, ascii].flatMap((form) => [form, form.replaceAll("/", "\\/"), form.replace(/[<>&]/g, escaped)]);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Alone, and as a part of something longer, such as the header of Basic authentication: there it may begin at any of three
 * places of base64's groups, and only the characters that depend on nothing else are known.
 */
function base64Forms(bytes: Buffer): string[] {
  const whole = bytes.toString("base64");
  const parts = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  return [whole, whole.replace(/={1,2}$/, ""), ...parts].flatMap((form) => [
    form,
    form.replaceAll("+", "-").replaceAll("/", "_"),
  ]);
}

function hexForms(bytes: Buffer): string[] {
  const hex = bytes.toString("hex");
  return [hex, hex.toUpperCase()];
}

const named: Readonly<Record<string, string>> = {
  ...{ "\n": "\\n", "\t": "\\t", "\r": "\\r", "\f": "\\f", "\v": "\\v", "\b": "\\b" },
  ...{ "\u0007": "\\a", "\u001b": "\\E" },
};

/** As shells write characters that cannot be printed, between `$'` and `'`. */
function escapeForms(secret: string): string[] {
  const octal = (char: string) =>
    [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that shells escape.
  const controls = secret.replace(/[\u0000-\u001f\u007f]/g, (char) => named[char] ?? octal(char));
  return [controls, controls.replace(/[\u0080-\uffff]+/g, octal)];
}

function without(text: string, dropped: string): string {
  return [...dropped].reduce((left, char) => left.replaceAll(char, ""), text);
}

/** The failure function of Knuth, Morris and Pratt. */
function fallbackOf(text: string): Int32Array {
  const fallback = new Int32Array(text.length);
  for (let at = 1, matched = 0; at < text.length; at++) {
    while (matched > 0 && text.charCodeAt(at) !== text.charCodeAt(matched)) matched = fallback[matched - 1] ?? 0;
    if (text.charCodeAt(at) === text.charCodeAt(matched)) matched++;
    fallback[at] = matched;
  }
  return fallback;
}
