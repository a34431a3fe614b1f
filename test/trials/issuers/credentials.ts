/** The ways of client authentication that have a secret. */
export const methods = ["client_secret_basic", "client_secret_post"] as const;
export type Method = (typeof methods)[number];

/** A client id and a secret. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

export const plain: Credentials = { id: "a1b2c3d4e5f6", secret: "0123456789abcdefABCDEF" };

/** All that a secret may hold (RFC 6749, appendix A.2: visible characters and the space), and an id with a space. */
export const special: Credentials = {
  id: "a b",
  secret: `p+/=:%~ %2B&"'\\${Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join("")}`,
};

/** Secrets that a careless comparison or encoding takes for the right one. */
export function wrongSecrets({ id, secret }: Credentials): readonly (readonly [what: string, secret: string])[] {
  return [
    ["another", "quite-another-secret"],
    ["the right one and one more character", `${secret}x`],
    ["the right one without its last character", secret.slice(0, -1)],
    ["the right one in other case", swapCase(secret)],
    ["the right one after a space", ` ${secret}`],
    ["the right one, encoded once more", encodeURIComponent(`${secret}%`)],
    ["the client's id", id],
  ];
}

function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 32));
}
