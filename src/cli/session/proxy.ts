import type { Fetch } from "../../client/call.ts";
import { isLoopback } from "../../rotation/issuer.ts";
import { UsageError } from "../terminal/command-error.ts";

/**
 * The `fetch` to use: where the environment names a proxy, one that goes through it. Node's own does so only from version
 * 24 on, and only when told; undici's does on every version. NODE_EXTRA_CA_CERTS is Node's own business, for both.
 *
 * Requests to this very machine never go through a proxy: over plain http it would read their credentials.
 *
 * @throws {UsageError} For an invalid address of a proxy.
 */
export async function chooseFetch(): Promise<Fetch | undefined> {
  const variables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].filter((name) => process.env[name]);
  if (variables.length === 0) return undefined;
  for (const name of variables) requireProxyAddress(name);
  const { Agent, EnvHttpProxyAgent, fetch } = await import("undici");
  const [direct, proxied] = [new Agent(), new EnvHttpProxyAgent()];
  return async (url, init) => {
    const dispatcher = isLoopback(url) ? direct : proxied;
    try {
      // The two have the same interface, but each its own types.
      return (await fetch(url, { ...(init as object), dispatcher })) as unknown as Response;
    } catch (error) {
      throw dispatcher === direct ? error : explained(error, proxyFor(url));
    }
  };
}

function requireProxyAddress(name: string): void {
  const address = process.env[name] ?? "";
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new UsageError(
      `${name} must be the http or https address of a proxy, such as http://proxy.example.com:3128.`,
    );
}

/** The variable that names the proxy for an address, as undici chooses it. */
function proxyFor(url: string): Proxy {
  const forHttps = url.startsWith("https:") ? ["https_proxy", "HTTPS_PROXY"] : [];
  const variable = [...forHttps, "http_proxy", "HTTP_PROXY"].find((name) => process.env[name]) ?? "HTTPS_PROXY";
  return { variable, address: new URL(process.env[variable] ?? "") };
}

interface Proxy {
  readonly variable: string;
  /** May hold a password. */
  readonly address: URL;
}

/** What went wrong at the proxy went wrong before anything was sent to the API: told as a connection that failed. */
function explained(error: unknown, { variable, address }: Proxy): unknown {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  if (!(cause instanceof Error)) return error;
  const proxy = `proxy ${address.origin} of ${variable}`;
  const status = /^Proxy response \((\d+)\)/.exec(cause.message)?.[1];
  const { code, syscall, hostname } = cause as NodeJS.ErrnoException & { readonly hostname?: string };
  const message = status
    ? `the ${proxy} refused the connection with status ${status}`
    : syscall === "getaddrinfo" && hostname === address.hostname
      ? `${cause.message}, which is the ${proxy}`
      : syscall === "connect" || code === "UND_ERR_CONNECT_TIMEOUT"
        ? `${cause.message}; this may be the ${proxy}`
        : undefined;
  if (message === undefined) return error;
  const told = { code: status ? "ECONNREFUSED" : code, syscall: "connect" };
  return new TypeError("fetch failed", { cause: Object.assign(new Error(message), told) });
}
