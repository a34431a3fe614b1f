/** What the client and oauth4webapi read of a response, and no more: undici's own would bring its order of microtasks. */
export function responseOf(status: number, headers: Readonly<Record<string, string>>, body: string): Response {
  const bytes = new TextEncoder().encode(body);
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
    headers: new Headers({ ...headers }),
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
            return { done: false, value: bytes };
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
      return bytes.buffer;
    },
    clone: () => responseOf(status, headers, body),
  };
  // oauth4webapi takes an object for a response whose prototype says that it is one.
  Object.setPrototypeOf(response, { [Symbol.toStringTag]: "Response" });
  return response as unknown as Response;
}
