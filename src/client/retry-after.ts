/**
 * How long the server asks to wait before the next attempt.
 *
 * @param headers of the response. `Retry-After` in seconds or as a date; on a 429 without it, the `t` of `Ratelimit`.
 * @returns Milliseconds, more than 0; undefined if it says nothing, or nothing that makes sense.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfter(headers: Headers, status: number, now: number = Date.now()): number | undefined {
  const value =
    headers.get("retry-after") ?? (status === 429 ? headers.get("ratelimit")?.match(/;\s*t=(\d+)/)?.[1] : undefined);
  if (value === undefined) return undefined;
  let wait = 0;
  if (/^\d+(\.\d+)?$/.test(value)) wait = Number(value) * 1000;
  // Only a real HTTP-date: `Date.parse` takes "-3" and "5, 7" for days in 2001.
  else if (/^[A-Z][a-z]+, .+ GMT$/.test(value)) wait = Date.parse(value) - now;
  return wait > 0 ? wait : undefined;
}
