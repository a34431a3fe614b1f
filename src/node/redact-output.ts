const mark = "[secret]";

/** The shortest piece of an encoding that is cut out: fewer characters tell nothing, and would garble the rest. */
const shortest = 6;

/**
 * Cuts secrets out of a text that comes in chunks: as they are, and as base64, URLs and JSON write them.
 *
 * Whatever may be the beginning of one is held back until it is known not to be.
 */
export class OutputRedaction {
  readonly #forms: readonly string[];
  readonly #starts: ReadonlySet<string>;
  #held = "";

  constructor(secrets: readonly string[]) {
    const forms = new Set(secrets.filter((secret) => secret !== "").flatMap(formsOf));
    // The longest first, so that no shorter one leaves a rest.
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
    this.#starts = new Set(this.#forms.map((form) => form.slice(0, 1)));
  }

  /** What can be shown now. */
  push(chunk: string): string {
    return this.#show(chunk, false);
  }

  /** What is left to show when no more comes. */
  end(): string {
    return this.#show("", true);
  }

  #show(chunk: string, isLast: boolean): string {
    const text = this.#held + chunk;
    this.#held = "";
    let shown = "";
    let from = 0;
    for (let at = 0; at < text.length; ) {
      if (!this.#starts.has(text.charAt(at))) {
        at++;
        continue;
      }
      const rest = text.length - at;
      if (!isLast && this.#forms.some((form) => form.length > rest && form.startsWith(text.slice(at)))) {
        this.#held = text.slice(at);
        return shown + text.slice(from, at);
      }
      const found = this.#forms.find((form) => text.startsWith(form, at));
      if (found === undefined) {
        at++;
        continue;
      }
      shown += text.slice(from, at) + mark;
      from = at += found.length;
    }
    return shown + text.slice(from);
  }
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replace(/[^ -~]/g, escaped);
  const url = encodeURIComponent(Buffer.from(secret).toString());
  const strict = url.replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return [
    secret,
    ...base64FormsOf(Buffer.from(secret)),
    ...[url, strict].flatMap((form) => [form, form.replaceAll("%20", "+")]).flatMap((form) => [form, lowerHex(form)]),
    ...[json, ascii].flatMap((form) => [
      form,
      form.replaceAll("/", "\\/"),
      // Go's encoder.
      form.replace(/[<>&]/g, escaped),
    ]),
  ];
}

/**
 * Alone, and as a part of something longer, such as the header of Basic authentication: there it may begin at any of three
 * places of base64's groups, and only the characters that depend on nothing else are known.
 */
function base64FormsOf(bytes: Buffer): string[] {
  const whole = bytes.toString("base64");
  const parts = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const wrapped = [64, 76].map((width) => whole.replace(new RegExp(`.{${width}}(?=.)`, "g"), "$&\n"));
  return [whole, whole.replace(/=+$/, ""), ...wrapped, ...parts.filter(({ length }) => length >= shortest)].flatMap(
    (form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")],
  );
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function lowerHex(url: string): string {
  return url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}
