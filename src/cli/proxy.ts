/** Reaches the API and the issuer. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * The `fetch` to use: where the environment names a proxy, one that goes through it. Node's own does so only from version
 * 24 on, and only when told; undici's does on every version. NODE_EXTRA_CA_CERTS is Node's own business, for both.
 */
export async function chooseFetch(): Promise<Fetch | undefined> {
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy } = process.env;
  if (!(HTTPS_PROXY || https_proxy || HTTP_PROXY || http_proxy)) return undefined;
  const { EnvHttpProxyAgent, fetch } = await import("undici");
  const dispatcher = new EnvHttpProxyAgent();
  // The two have the same interface, but each its own types.
  return (url, init) => fetch(url, { ...(init as object), dispatcher }) as unknown as Promise<Response>;
}
