/** Headers whose values are secrets, in requests and responses. */
const secretHeader =
  /^(proxy-)?authorization$|^(set-)?cookie$|^x-auth-(email|key|user-service-key)$|secret|token|api-?key/i;

/** A run of this many characters of a credential is cut out of a text; fewer tell nothing, and would garble it. */
const run = 6;

/** `text` without what the secret headers of the request hold: a server, or a custom `fetch`, may repeat them. */
export function redact(text: string, request: Headers): string {
  request.forEach((value, name) => {
    if (!secretHeader.test(name)) return;
    // An e-mail address is cut out whole only: parts of it, such as its domain, are in harmless texts too.
    for (const word of value.replace(/^(Bearer|Basic) /i, "").split(" "))
      text = cut(text, word, name === "x-auth-email" ? word.length : run);
  });
  return text;
}

/** `text` without a secret, as it is, and as base64, URLs and JSON write it. */
export function withoutSecret(text: string, secret: string): string {
  const encoded = new TextEncoder().encode(secret);
  const bytes = Array.from(encoded, (byte) => String.fromCharCode(byte)).join("");
  // Decoded, since a surrogate alone has no URL form.
  const forms = [
    secret,
    btoa(bytes),
    encodeURIComponent(new TextDecoder().decode(encoded)),
    JSON.stringify(secret).slice(1, -1),
  ];
  return forms.reduce((shown, form) => cut(shown, form, run), text);
}

function cut(text: string, secret: string, width: number): string {
  const length = Math.min(width, secret.length);
  if (length < 3) return text;
  const parts = new Set<string>();
  for (let at = 0; at + length <= secret.length; at++) parts.add(secret.slice(at, at + length));

  let result = "";
  let kept = 0; // Where the text begins that is not yet in the result.
  let hidden = 0; // Where the run that is being cut out ends.
  for (let at = 0; at + length <= text.length; at++) {
    if (!parts.has(text.slice(at, at + length))) continue;
    if (at > hidden || hidden === 0) result += `${text.slice(kept, at)}[redacted]`;
    kept = hidden = at + length;
  }
  return result + text.slice(kept);
}

/** `headers` as they may be shown: no secret header, and nothing of those of the request. */
export function redactHeaders(headers: Headers, request: Headers): Headers {
  const shown = new Headers();
  headers.forEach((value, name) => {
    shown.set(name, secretHeader.test(name) ? "[redacted]" : redact(value, request));
  });
  return shown;
}
