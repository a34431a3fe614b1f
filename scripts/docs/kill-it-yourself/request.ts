/** What a program sends; `wrong` is a secret that the issuer must refuse, `try` the new one. */
export type Request = "read" | "rotate" | "delete" | "wrong" | "try";

/** Tells which request it is. */
export function requestOf(url: string, { method = "GET", headers }: RequestInit): Request {
  if (method === "DELETE") return "delete";
  if (method === "GET") return "read";
  if (url.endsWith("/rotate_secret")) return "rotate";
  const [, basic = ""] = new Headers(headers).get("authorization")?.split(" ") ?? [];
  return decodeURIComponent(atob(basic)).includes("deliberately-wrong") ? "wrong" : "try";
}
