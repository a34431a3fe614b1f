/** Reads an OpenAPI document, however long, from a file or an address, and follows the references inside it. */
import { readFile, stat } from "node:fs/promises";
import { parse as parseYaml } from "yaml";

/** A document that cannot be read or followed; told without a stack. */
export class DocumentError extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An OpenAPI 3 document. References are followed one by one: to replace all of a large document's would take minutes. */
export class ApiDocument {
  readonly root: Fields;

  constructor(root: unknown) {
    if (!isFields(root) || !String(root.openapi).startsWith("3.") || !isFields(root.paths))
      throw new DocumentError("This is no OpenAPI 3 document: it has no `openapi: 3.…`, or no `paths`.");
    this.root = root;
  }

  /** The object that `value` is, or refers to. */
  resolve(value: unknown): Fields {
    let here = value;
    for (const seen = new Set<string>(); isFields(here) && typeof here.$ref === "string"; ) {
      if (seen.has(here.$ref)) throw new DocumentError(`The reference ${here.$ref} leads back to itself.`);
      seen.add(here.$ref);
      here = this.target(here.$ref);
    }
    return fields(here);
  }

  /** What stands where a reference points to. */
  target(reference: string): unknown {
    if (!reference.startsWith("#"))
      throw new DocumentError(`${reference} is in another file. Bundle the document into one, and compare that.`);
    let here: unknown = this.root;
    for (const part of reference.split("/").slice(1)) {
      const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      here = isFields(here) ? here[key] : list(here)[Number(key)];
    }
    if (here === undefined) throw new DocumentError(`The reference ${reference} leads nowhere.`);
    return here;
  }
}

export interface Limits {
  readonly bytes: number;
  readonly milliseconds: number;
}

/** The vendor's document has 27 megabytes. */
const usual: Limits = { bytes: 64 * 1024 * 1024, milliseconds: 60_000 };

/** Reads JSON or YAML from a file, or from an address: https, or http on this machine. */
export async function readDocument(source: string, limits: Limits = usual): Promise<ApiDocument> {
  const text = /^https?:/i.test(source) ? await fetchText(source, limits) : await fileText(source, limits);
  return new ApiDocument(parse(text));
}

/** JSON or YAML, with a byte order mark or without. */
export function parse(marked: string): unknown {
  const text = marked.replace(/^\uFEFF/, "");
  try {
    return text.trimStart().startsWith("{") ? JSON.parse(text) : parseYaml(text);
  } catch (error) {
    throw new DocumentError(`This is neither JSON nor YAML: ${firstLine(error)}`);
  }
}

async function fileText(path: string, { bytes }: Limits): Promise<string> {
  try {
    if ((await stat(path)).size > bytes) throw new DocumentError(`${path} is longer than ${bytes} bytes.`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    throw new DocumentError(`${path} cannot be read: ${firstLine(error)}`);
  }
}

async function fetchText(address: string, { bytes, milliseconds }: Limits): Promise<string> {
  checkAddress(address);
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(milliseconds) });
    checkAddress(response.url);
    if (!response.ok) throw new DocumentError(`${address} answers with status ${response.status}.`);
    const decoder = new TextDecoder();
    let text = "";
    let length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.byteLength;
      if (length > bytes) throw new DocumentError(`${address} is longer than ${bytes} bytes.`);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new DocumentError(`${address} cannot be fetched: ${firstLine(cause)}`);
  }
}

function checkAddress(address: string): void {
  const url = URL.parse(address);
  if (!url) throw new DocumentError(`${address} is no address.`);
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !here) throw new DocumentError(`${address} is not https.`);
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? "";
}
