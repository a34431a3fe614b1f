/** The client of the contender whose module is the program's first argument, and one call by it that worked. */
export async function connect(baseURL: string, fetch?: typeof globalThis.fetch): Promise<() => Promise<unknown>> {
  const contender = await import(process.argv[2] ?? "");
  const call: () => Promise<unknown> = contender.connect(baseURL, fetch);
  if (typeof (await call()) !== "string") throw new Error("The call gave no secret.");
  return call;
}
