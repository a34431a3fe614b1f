/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A name and its meaning, such as an option or a field. */
export interface Definition {
  readonly name: string;
  /** Behind the name, such as a type. */
  readonly note?: string;
  /** Markdown. */
  readonly text: string;
}

/**
 * A list of names and what they mean, each of which a link can lead to.
 *
 * @param prefix what the addresses of this list begin with.
 */
export function definitions(prefix: string, list: readonly Definition[]): string {
  const items = list.map(({ name, note = "", text }) => {
    const id = `${prefix}-${name.replaceAll(/\s*<.*?>|[^\w.[\]-]+/g, "").replaceAll(/[^\w-]+/g, ".")}`;
    const address = `<a href="#${id}"><code>${escaped(name)}</code></a>`;
    return `<dt id="${id}">${address}${note && ` <span>${escaped(note)}</span>`}</dt>\n<dd>\n\n${text}\n\n</dd>`;
  });
  return `<dl class="definitions">\n${items.join("\n")}\n</dl>`;
}

/** What {@link definitions} has put into a page: the address, name and meaning of each. */
export function definitionsIn(text: string): { id: string; name: string; text: string }[] {
  const found = text.matchAll(/<dt id="(.*?)"><a [^>]*><code>(.*?)<\/code>.*\n<dd>\n\n([\s\S]*?)\n\n<\/dd>/g);
  return [...found].map(([, id = "", name = "", meaning = ""]) => ({ id, name, text: meaning }));
}

/** A block of code in Markdown. */
export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trim()}\n\`\`\``;
}

/** Text that Markdown takes as it is, such as `<client-id>`; what is between backticks stays code. */
export function plain(text: string): string {
  const parts = text.split("`");
  return parts.map((part, index) => (index % 2 === 1 ? part : escaped(part).replaceAll(/[*_[\]]/g, "\\$&"))).join("`");
}

/** Text that HTML takes as it is. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
