/** Files that another program encrypted, and the command that stores a secret with that program. */
const kinds: readonly { readonly name: string; readonly is: (text: string) => boolean; readonly instead: string }[] = [
  {
    name: "encrypted by SOPS",
    is: (text) => /ENC\[AES256_GCM,data:|^[ \t]*(?:export[ \t]+)?sops_(?:mac|version)=/m.test(text),
    instead: `use SOPS 3.11 or later with \`exec:jq -Rs . | sops set --value-stdin FILE '["KEY"]'\``,
  },
  {
    name: "encrypted by dotenvx",
    is: (text) => /^[ \t]*(?:export[ \t]+)?DOTENV_PUBLIC_KEY\w*[ \t]*=|=\s*["']?encrypted:[A-Za-z0-9+/]/m.test(text),
    instead: `use the dotenvx library, because the dotenvx command would show the secret in its arguments: \`exec:node -e 'require("@dotenvx/dotenvx").set("KEY", require("fs").readFileSync(0, "utf8"), { path: "FILE" })'\``,
  },
  {
    name: "locked by git-crypt",
    is: (text) => text.startsWith("\0GITCRYPT\0"),
    instead: "run `git-crypt unlock` first",
  },
  {
    name: "encrypted by ansible-vault",
    is: (text) => text.startsWith("$ANSIBLE_VAULT;"),
    instead: "ansible-vault encrypts a whole file: `exec:ansible-vault encrypt --output FILE -`",
  },
  {
    name: "encrypted by age",
    is: (text) => /^(?:age-encryption\.org\/v1|-----BEGIN AGE ENCRYPTED FILE-----)/.test(text.trimStart()),
    instead: "age encrypts a whole file: `exec:age -r RECIPIENT -o FILE`",
  },
  {
    name: "encrypted by PGP",
    is: (text) => text.trimStart().startsWith("-----BEGIN PGP MESSAGE-----"),
    instead: "GnuPG encrypts a whole file: `exec:gpg --batch --yes --encrypt --armor -r RECIPIENT -o FILE`",
  },
];

/**
 * Refuses to write a secret into an encrypted file: people commit such files, and the secret would not be encrypted.
 *
 * @throws {Error} if the content is encrypted; the message names the program and what to do.
 */
export function refuseEncrypted(path: string, content: Buffer | undefined): void {
  if (!content) return;
  const text = content.toString("latin1");
  const kind = kinds.find(({ is }) => is(text));
  if (kind)
    throw new Error(
      `${path} is ${kind.name}, and the secret in it would not be encrypted. Nothing was written. To store it encrypted, ${kind.instead}`,
    );
}
