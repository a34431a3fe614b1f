const encoder = new TextEncoder();

/** Headers, as far as anybody asks for them; undici's take much longer. */
class PlainHeaders {
  readonly #values: Readonly<Record<string, string>>;

  constructor(values: Readonly<Record<string, string>>) {
    this.#values = values;
  }
  get(name: string): string | null {
    return this.#values[name.toLowerCase()] ?? null;
  }
  has(name: string): boolean {
    return name.toLowerCase() in this.#values;
  }
  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this) visit(value, name);
  }
  entries(): IterableIterator<[string, string]> {
    return Object.entries(this.#values)[Symbol.iterator]();
  }
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

const likeResponse = { [Symbol.toStringTag]: "Response" };

/** What the client and oauth4webapi read of a response, and no more: undici's own would bring its order of microtasks. */
export function responseOf(status: number, headers: Readonly<Record<string, string>>, body: string): Response {
  let isRead = false;
  const read = () => {
    isRead = true;
    return body;
  };
  const response = {
    status,
    statusText: "",
    ok: status >= 200 && status < 300,
    redirected: false,
    type: "basic",
    url: "",
    headers: new PlainHeaders(headers),
    get bodyUsed() {
      return isRead;
    },
    body: {
      cancel: async () => undefined,
      getReader: () => {
        let isDone = false;
        return {
          read: async () => {
            if (isDone) return { done: true, value: undefined };
            isDone = isRead = true;
            return { done: false, value: encoder.encode(body) };
          },
          cancel: async () => undefined,
          releaseLock: () => undefined,
        };
      },
    },
    text: async () => read(),
    json: async () => JSON.parse(read()),
    arrayBuffer: async () => {
      read();
      return encoder.encode(body).buffer;
    },
    clone: () => responseOf(status, headers, body),
  };
  // oauth4webapi takes an object for a response whose prototype says that it is one.
  Object.setPrototypeOf(response, likeResponse);
  return response as unknown as Response;
}
