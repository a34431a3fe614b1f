/** The stores for which there is a recipe. */
export type Store = "s3" | "r2" | "parameter-store" | "vault" | "postgres" | "redis";

/** What differs from store to store; each command is of the program that reaches it. */
interface Reach {
  /** Comment and settings. */
  readonly settings: string;
  /** Prints what is in `$folder/`. */
  readonly list: string;
  /** Of a failed `list`: whether there is nothing. A store that lists nothing with success has none. */
  readonly isEmpty?: string;
  /** Extracts the sequence from a line that `list` prints. */
  readonly sequence: string;
  /** Writes the entry `$folder/$1` to `$work/entry`. */
  readonly read: string;
  /** What a failed `read` prints about a missing entry. */
  readonly gone: string;
  /** Stores `$work/entry` as `$folder/$1`, if that does not exist. */
  readonly create: string;
  /** What a failed `create` prints if it is there. */
  readonly exists: string;
  /** What a failed `create` prints if it is to be tried again, should there be such a thing. */
  readonly again?: string;
  /** Removes `$folder/$1`, if it is there. */
  readonly remove: string;
}

/** A complete script for POSIX's sh, as {@link execJournal} calls it. */
function script({ settings, list, isEmpty, sequence, read, gone, create, exists, again, remove }: Reach): string {
  // A pipe would hide that the program failed.
  const listed =
    isEmpty === undefined
      ? `  found=$(${list}) || exit 1`
      : `  found=$(${list} 2>"$work/error") ||
    ${isEmpty} || { cat "$work/error" >&2; exit 1; }`;
  const created = `if create "$3" 2>"$work/error"; then exit 0; fi
if grep -q '${exists}' "$work/error"; then exit 9; fi`;
  const appended =
    again === undefined
      ? indent(created, "  ")
      : `  for attempt in 1 2 3 4 5 6 7 8 9 10; do
${indent(created, "    ")}
    grep -q '${again}' "$work/error" || break
  done`;
  return `#!/bin/sh
${settings}

# A name for each key: letters, digits, - and _ stand for themselves, another byte is a dot and its two hex digits.
name=$(printf %s "$2" | od -An -v -tu1 | LC_ALL=C awk '{ for (i = 1; i <= NF; i++) {
  c = sprintf("%c", $i + 0); printf "%s", c ~ /[A-Za-z0-9_-]/ ? c : sprintf(".%02x", $i) } }')
folder=$prefix/\${name:?there is no key, or no od or awk}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

list() { # prints the sequences, lowest first
${listed}
  printf '%s\\n' "$found" | tr -d '\\r' | sed -n '${sequence}' | sort -n
}
read_entry() { ${read}; }
create() { ${create}; }
remove() { ${remove}; }

case $1 in
latest)
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    sequences=$(list) || exit 1
    last=$(printf '%s\\n' "$sequences" | tail -n 1)
    [ -n "$last" ] || exit 0
    only=; [ "$sequences" != "$last" ] || only=' only'
    if read_entry "$last" 2>"$work/error"; then printf '%s\\n' "$last$only"; cat "$work/entry"; exit 0; fi
    # Erased since it was listed, there is a later one.
    grep -q '${gone}' "$work/error" || break
  done ;;
append)
  cat >"$work/entry"
  # If cf-oauth was killed meanwhile, the entry is incomplete.
  [ "$(tail -c 1 "$work/entry")" = "}" ] || { echo "the entry is incomplete" >&2; exit 1; }
${appended} ;;
erase)
  sequences=$(list) || exit 1
  for sequence in $sequences; do [ "$sequence" -ge "$3" ] || remove "$sequence"; done
  exit 0 ;;
*) echo "usage: $0 latest|append|erase <key> [<sequence>]" >"$work/error" ;;
esac
cat "$work/error" >&2
exit 1
`;
}

function indent(text: string, by: string): string {
  return text.replaceAll(/^/gm, by);
}

/** Keeps the old format of errors, with the code in parentheses, if the user has set another one. */
const awsErrors = "export AWS_CLI_ERROR_FORMAT=legacy";

const object = `--bucket "$bucket" --key "$folder/$1"`;

function s3(settings: string): Reach {
  return {
    settings,
    list: `aws s3api list-objects-v2 --bucket "$bucket" --prefix "$folder/" --query 'Contents[].[Key]' --output text`,
    sequence: "s|^.*/\\([0-9][0-9]*\\)$|\\1|p",
    read: `aws s3api get-object ${object} "$work/entry" >/dev/null`,
    gone: "(NoSuchKey)",
    create: `aws s3api put-object ${object} --body "$work/entry" --if-none-match '*' >/dev/null`,
    exists: "(PreconditionFailed)",
    again: "(ConditionalRequestConflict)",
    remove: `aws s3api delete-object ${object} >/dev/null`,
  };
}

/** How to keep a journal in a store, by the store. */
export const journalRecipes: Readonly<Record<Store, string>> = {
  s3: script(
    s3(`# Keeps cf-oauth's journal in S3: an object for each entry, which is put only if there is none of that name.
# Needs an AWS CLI that knows put-object --if-none-match, and s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject.
# In a bucket that keeps versions, have a lifecycle rule remove those that are not current.
set -eu
bucket=\${JOURNAL_BUCKET:?set it to the name of the bucket}
prefix=\${JOURNAL_PREFIX:-cf-oauth}
${awsErrors}`),
  ),
  r2: script(
    s3(`# Keeps cf-oauth's journal in R2: an object for each entry, which is put only if there is none of that name.
# Needs an AWS CLI that knows put-object --if-none-match, and an R2 token that reads and writes objects of the bucket, in
# AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
set -eu
endpoint=\${JOURNAL_ENDPOINT:?set it to https://ACCOUNT_ID.r2.cloudflarestorage.com}
bucket=\${JOURNAL_BUCKET:?set it to the name of the bucket}
prefix=\${JOURNAL_PREFIX:-cf-oauth}
${awsErrors} AWS_REQUEST_CHECKSUM_CALCULATION=when_required AWS_RESPONSE_CHECKSUM_VALIDATION=when_required
aws() { command aws --endpoint-url "$endpoint" --region auto "$@"; }`),
  ),
  "parameter-store": script({
    settings: `# Keeps cf-oauth's journal in AWS Parameter Store: a parameter for each entry, which is put without --overwrite.
# Needs ssm:GetParametersByPath, ssm:GetParameter, ssm:PutParameter, ssm:DeleteParameters. An entry may have 8 KB; above 4 KB
# it becomes an advanced parameter, which is charged for until it is erased.
set -eu
prefix=\${JOURNAL_PREFIX:-/cf-oauth}
${awsErrors}`,
    list: `aws ssm get-parameters-by-path --path "$folder" --query 'Parameters[].[Name]' --output text`,
    sequence: "s|^.*/\\([0-9][0-9]*\\)$|\\1|p",
    read: `aws ssm get-parameter --name "$folder/$1" --with-decryption --query Parameter.Value --output text >"$work/entry"`,
    gone: "(ParameterNotFound)",
    create: `aws ssm put-parameter --name "$folder/$1" --type SecureString --tier Intelligent-Tiering \\
  --value "file://$work/entry" >/dev/null`,
    exists: "(ParameterAlreadyExists)",
    again: "(TooManyUpdates)",
    remove: `aws ssm delete-parameters --names "$folder/$1" >/dev/null`,
  }),
  vault: script({
    settings: `# Keeps cf-oauth's journal in Vault (or OpenBao), on a KV mount of version 2: a secret for each entry, put with -cas=0.
# Needs create, read, update on MOUNT/data/cf-oauth/*, and list, read, delete on MOUNT/metadata/cf-oauth/*.
set -eu
prefix=\${JOURNAL_MOUNT:-secret}/\${JOURNAL_PREFIX:-cf-oauth}
export VAULT_FORMAT=table`,
    list: `vault kv list "$folder"`,
    isEmpty: `grep -q 'No value found at .*/metadata/' "$work/error"`,
    sequence: "s|^\\([0-9][0-9]*\\)$|\\1|p",
    read: `vault kv get -field=entry "$folder/$1" >"$work/entry"`,
    gone: "No value found at .*/data/",
    // On a mount of version 1 it would have written anyway, and printed no version.
    create: `vault kv put -cas=0 -field=version "$folder/$1" entry=- <"$work/entry" >"$work/version" &&
  { grep -qx 1 "$work/version" || { echo "the mount is not KV version 2" >&2; return 1; }; }`,
    exists: "check-and-set parameter did not match",
    remove: `vault kv metadata delete "$folder/$1" >/dev/null`,
  }),
  postgres: script({
    settings: `# Keeps cf-oauth's journal in PostgreSQL: a row for each entry; of two that insert the same one, the primary key lets one win.
# Needs psql 12 or later, and once: CREATE TABLE cf_oauth_journal
#   (log text, sequence bigint, entry text NOT NULL, PRIMARY KEY (log, sequence));
# PGHOST, PGUSER, PGDATABASE, PGPASSWORD or PGPASSFILE say where, and as whom. It needs SELECT, INSERT and DELETE on the table.
# It writes to the primary, and waits for the disk. After a failover to a standby that lags, entries may be missing.
set -eu
prefix=\${JOURNAL_PREFIX:-cf-oauth}
export PGTARGETSESSIONATTRS=read-write
sql() { psql -X -q -At -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -v log="$folder" -v sequence="\${1:-0}" -f -; }`,
    list: `echo "SELECT sequence FROM cf_oauth_journal WHERE log = :'log';" | sql`,
    sequence: "s|^\\([0-9][0-9]*\\)$|\\1|p",
    read: `echo "SELECT entry FROM cf_oauth_journal WHERE log = :'log' AND sequence = :sequence;" | sql "$1" >"$work/entry" &&
  { [ -s "$work/entry" ] || { echo "no such entry" >&2; return 1; }; }`,
    gone: "^no such entry$",
    create: `{ echo "SET synchronous_commit = on; INSERT INTO cf_oauth_journal VALUES (:'log', :sequence, convert_from(decode('"
  base64 <"$work/entry"
  echo "', 'base64'), 'UTF8'));"; } | sql "$1"`,
    exists: "ERROR:  23505$",
    remove: `echo "DELETE FROM cf_oauth_journal WHERE log = :'log' AND sequence = :sequence;" | sql "$1"`,
  }),
  redis: script({
    settings: `# Keeps cf-oauth's journal in Redis or Valkey: a hash for each client, with a field for each entry, set only if there is none.
# Needs redis-cli 7 or later, and the commands HKEYS, HGET, HSETNX, HDEL. REDISCLI_AUTH has the password.
# Only a server with appendonly yes, appendfsync always and maxmemory-policy noeviction keeps what it has confirmed. Name the
# primary: a replica lags, and a failover may lose entries.
set -eu
host=\${JOURNAL_HOST:-127.0.0.1} port=\${JOURNAL_PORT:-6379}
prefix=\${JOURNAL_PREFIX:-cf-oauth}
redis() { redis-cli -e --raw -h "$host" -p "$port" "$@"; } # add --tls where the server wants it`,
    list: `redis HKEYS "$folder"`,
    sequence: "s|^\\([0-9][0-9]*\\)$|\\1|p",
    read: `redis HGET "$folder" "$1" >"$work/entry" &&
  { grep -q . "$work/entry" || { echo "no such entry" >&2; return 1; }; }`,
    gone: "^no such entry$",
    create: `redis -x HSETNX "$folder" "$1" <"$work/entry" >"$work/created" &&
  case $(cat "$work/created") in 1) ;; 0) echo taken >&2; return 1 ;; *) cat "$work/created" >&2; return 1 ;; esac`,
    exists: "^taken$",
    remove: `redis HDEL "$folder" "$1" >/dev/null`,
  }),
};
