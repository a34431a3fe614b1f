/**
 * Reads a body as text, without a byte order mark. Without a web stream, as from node-fetch, it uses `text()`, or `json()` if a stand-in
 * has nothing else: the body may hold a secret that is shown only once.
 *
 * @param limit bytes; without a web stream, characters.
 * @returns Undefined if it is longer.
 */
export async function readText(response: Response, limit: number): Promise<string | undefined> {
  const { body } = response;
  if (!body?.getReader) {
    const whole = response.text ? await response.text() : JSON.stringify(await response.json());
    return whole.length > limit ? undefined : whole.replace(/^\uFEFF/, "");
  }
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > limit) {
      // Not awaited: a source that stalls may never confirm.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
