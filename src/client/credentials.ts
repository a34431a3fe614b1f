import type { Send } from "./answer.ts";
import { CloudflareError } from "./errors.ts";

/** Either `apiToken`, or `apiEmail` and `apiKey` together. */
export interface CredentialOptions {
  /** An API token, the preferred way. Default: `CLOUDFLARE_API_TOKEN`. Null: none, and do not look further. */
  readonly apiToken?: string | null | undefined;
  /** The e-mail address that goes with `apiKey`. Default: `CLOUDFLARE_EMAIL`. Null: none, and do not look further. */
  readonly apiEmail?: string | null | undefined;
  /** The global API key. Default: `CLOUDFLARE_API_KEY`. Null: none, and do not look further. */
  readonly apiKey?: string | null | undefined;
}

/** The headers of one scheme, or the reason why it cannot be used. */
export type Credentials = Readonly<Record<string, string>> | CloudflareError;

/** A value and its origin. A refusal names the origin instead of the value. */
interface Source {
  /** Of the token, of the e-mail address and of the key. */
  readonly names: readonly string[];
  /** In the same order. */
  readonly values: readonly unknown[];
}

/**
 * Chooses the credentials: what the caller gave beats the environment as a whole, and within one source a token beats
 * e-mail and key, so that a stray variable is never mixed in.
 *
 * @returns An error instead of throwing it, so that a client can be made where its credentials are not needed.
 */
export function resolveCredentials(
  { apiToken, apiEmail, apiKey }: CredentialOptions,
  environment: (name: string) => string | undefined,
): Credentials {
  const given: Source = { names: ["apiToken", "apiEmail", "apiKey"], values: [apiToken, apiEmail, apiKey] };
  const names = ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY"] as const;
  try {
    const headers =
      headersFrom(given) ??
      // `null` means no credentials. Looking further would send some that the caller did not mean.
      (given.values.includes(null) ? undefined : headersFrom({ names, values: names.map(environment) }));
    return (
      headers ??
      new CloudflareError(
        "No credentials: pass apiToken, or set CLOUDFLARE_API_TOKEN (or apiEmail and apiKey: CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY). Nothing was sent.",
      )
    );
  } catch (error) {
    return error as CloudflareError;
  }
}

function headersFrom({ names, values }: Source): Record<string, string> | undefined {
  const [token, email, key] = values.map((value, index) => checked(names[index] ?? "", value));
  if (token) return { Authorization: `Bearer ${token}` };
  if (email && key) return { "X-Auth-Email": email, "X-Auth-Key": key };
  if (email || key)
    throw new CloudflareError(
      `${email ? names[1] : names[2]} is set, but ${email ? names[2] : names[1]} is missing: they work only together. Nothing was sent.`,
    );
  return undefined;
}

function checked(name: string, value: unknown): string {
  const text = typeof value === "string" ? value.trim() : "";
  if (/[^!-~]|^["'`]|["'`]$/.test(text))
    throw new CloudflareError(
      `${name} holds quotes, white space or a character that cannot be sent. Copy it again, without "Bearer". Nothing was sent.`,
    );
  return text;
}

/** Adds the credentials, unless the caller's own headers carry some: one scheme is sent, never both. */
export function withCredentials(send: Send, credentials: Credentials): Send {
  return (call) => {
    const { headers } = call;
    if (!["Authorization", "X-Auth-Email", "X-Auth-Key"].some((name) => headers.get(name))) {
      // Any error, so that nothing is ever sent without credentials.
      if (credentials instanceof Error) throw credentials;
      for (const name in credentials) headers.set(name, credentials[name] ?? "");
    }
    return send(call);
  };
}
