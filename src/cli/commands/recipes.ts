/** How users deliver a secret to a store that they have, and read it back. */
export interface Recipe {
  /** The name of the sink in the commands that users paste. */
  readonly sink: string;
  readonly store: string;
  /** Programs that the commands start, apart from those of every system. */
  readonly programs: readonly string[];
  /** Stores the secret on its stdin. */
  readonly deliver: string;
  /** Prints what is stored; none where the store never shows a secret. */
  readonly readBack?: string;
  /** What to know before using it: whole sentences. */
  readonly note?: string;
}

const jq = (filter: string) => `jq --rawfile s /dev/fd/3 "${filter}"`;
const curl = "curl -fsS -o /dev/null";
const headers = "--header @headers";
/** A line KEY=SECRET. A secret that the reader's own quoting could change is refused. */
const line = `jq -Rrs "if test(\\"[^A-Za-z0-9._~+/=-]\\") then error(\\"quoting would change it\\") else \\"KEY=\\" + . end"`;
const lineNote = "A secret that has anything but letters, digits and ._~+/=- is refused.";

/**
 * All of them. Users paste each command in single quotes, so it contains no single quote, line end or comment.
 * `{ …; } 3<&0` keeps the secret on descriptor 3, for a pipeline whose first program reads something else.
 */
export const recipes: readonly Recipe[] = [
  {
    sink: "worker",
    store: "Workers",
    programs: ["wrangler"],
    deliver: "wrangler secret put KEY --name WORKER",
    note: "A mistyped name creates a new Worker.",
  },
  {
    sink: "version",
    store: "Workers, as a new version",
    programs: ["wrangler"],
    deliver: "wrangler versions secret put KEY --name WORKER",
    note: "The version is not deployed: run wrangler versions deploy.",
  },
  {
    sink: "pages",
    store: "Pages",
    programs: ["wrangler"],
    deliver: "wrangler pages secret put KEY --project-name PROJECT",
    note: "The next deployment has it.",
  },
  {
    sink: "secrets-store",
    store: "Secrets Store",
    programs: ["wrangler"],
    deliver: "wrangler secrets-store secret update STORE_ID --secret-id SECRET_ID --remote",
  },
  { sink: "repository", store: "GitHub, repository", programs: ["gh"], deliver: "gh secret set KEY -R OWNER/REPO" },
  {
    sink: "environment",
    store: "GitHub, environment",
    programs: ["gh"],
    deliver: "gh secret set KEY -R OWNER/REPO --env ENVIRONMENT",
  },
  {
    sink: "organisation",
    store: "GitHub, organisation",
    programs: ["gh"],
    deliver: "gh secret set KEY --org ORG --visibility private",
    note: "This sets the visibility anew, too.",
  },
  {
    sink: "gitlab",
    store: "GitLab CI/CD variable",
    programs: ["curl", "jq"],
    deliver: `${curl} --request PUT ${headers} --data-urlencode value@- https://gitlab.com/api/v4/projects/PROJECT_ID/variables/KEY`,
    readBack: `curl -fsS ${headers} https://gitlab.com/api/v4/projects/PROJECT_ID/variables/KEY | jq -j .value`,
    note: "The file headers has one line, PRIVATE-TOKEN: and your token; chmod 600 it. The variable must exist.",
  },
  {
    sink: "aws",
    store: "AWS Secrets Manager",
    programs: ["aws"],
    deliver: "aws secretsmanager put-secret-value --secret-id SECRET_ID --secret-string file:///dev/stdin",
    readBack: "aws secretsmanager get-secret-value --secret-id SECRET_ID --query SecretString --output text",
    note: "It replaces the whole secret: if that is JSON, use the next recipe.",
  },
  {
    sink: "aws-key",
    store: "AWS Secrets Manager, one key of JSON",
    programs: ["aws", "jq"],
    deliver: `{ aws secretsmanager get-secret-value --secret-id SECRET_ID --query SecretString --output text | ${jq(".KEY = \\$s")} | aws secretsmanager put-secret-value --secret-id SECRET_ID --secret-string file:///dev/stdin; } 3<&0`,
    readBack:
      "aws secretsmanager get-secret-value --secret-id SECRET_ID --query SecretString --output text | jq -je .KEY",
  },
  {
    sink: "ssm",
    store: "AWS Parameter Store",
    programs: ["aws"],
    deliver: "aws ssm put-parameter --name /NAME --type SecureString --overwrite --value file:///dev/stdin",
    readBack: "aws ssm get-parameter --name /NAME --with-decryption --query Parameter.Value --output text",
  },
  {
    sink: "gcloud",
    store: "Google Secret Manager",
    programs: ["gcloud"],
    deliver: "gcloud secrets versions add NAME --data-file=-",
    readBack: "gcloud secrets versions access latest --secret=NAME",
  },
  {
    sink: "azure",
    store: "Azure Key Vault",
    programs: ["az"],
    deliver: "az keyvault secret set --vault-name VAULT --name NAME --file /dev/stdin -o none",
    readBack: "az keyvault secret show --vault-name VAULT --name NAME --query value -o tsv",
    note: "Without -o none it prints the secret.",
  },
  {
    sink: "vault",
    store: "Vault, OpenBao",
    programs: ["vault"],
    deliver: "vault kv patch PATH KEY=-",
    readBack: "vault kv get -field=KEY PATH",
    note: "kv put would drop the other keys.",
  },
  {
    sink: "kubernetes",
    store: "Kubernetes",
    programs: ["kubectl"],
    deliver:
      "kubectl create secret generic NAME --from-file=KEY=/dev/stdin --dry-run=client -o yaml | kubectl apply --server-side --force-conflicts -f -",
    readBack: 'kubectl get secret NAME -o "go-template={{.data.KEY | base64decode}}"',
    note: "A client-side apply would copy the secret into an annotation. Other keys of the Secret stay. Pods that have it as an environment variable need a restart: use --activate.",
  },
  {
    sink: "docker",
    store: "Docker secret",
    programs: ["docker"],
    deliver: "docker secret create NAME -",
    note: "Docker cannot replace a secret: take a new name for each rotation.",
  },
  {
    sink: "podman",
    store: "Podman secret",
    programs: ["podman", "jq"],
    deliver: "podman secret create --replace NAME - >/dev/null",
    readBack: "podman secret inspect --showsecret NAME | jq -j .[0].SecretData",
    note: "Podman below 4.7 has no --showsecret, and below 4.6 no --replace: run podman secret rm NAME first.",
  },
  {
    sink: "vercel",
    store: "Vercel",
    programs: ["vercel"],
    deliver: "vercel env update KEY production --yes",
  },
  {
    sink: "doppler",
    store: "Doppler",
    programs: ["doppler"],
    deliver: "doppler secrets set KEY --silent",
    readBack: "doppler secrets get KEY --plain",
    note: "Without --silent it prints the secret.",
  },
  {
    sink: "1password",
    store: "1Password",
    programs: ["op", "jq"],
    deliver: `{ op item get ITEM --format json </dev/null | ${jq('(.fields[] | select(.id == \\"credential\\") | .value) = \\$s')} | op item edit ITEM >/dev/null; } 3<&0`,
    readBack: "op read --no-newline op://VAULT/ITEM/credential",
    note: "It writes the whole item, so nobody else may edit it meanwhile.",
  },
  {
    sink: "bitwarden",
    store: "Bitwarden",
    programs: ["bw", "jq"],
    deliver: `{ bw get item ITEM_ID </dev/null | ${jq(".login.password = \\$s")} | bw encode | bw edit item ITEM_ID >/dev/null; } 3<&0`,
    readBack: "bw get password ITEM_ID",
    note: "Unlock it first: export BW_SESSION.",
  },
  {
    sink: "supabase",
    store: "Supabase",
    programs: ["curl", "jq"],
    deliver: `jq -Rs "[{name: \\"KEY\\", value: .}]" | ${curl} --request POST ${headers} --json @- https://api.supabase.com/v1/projects/PROJECT_REF/secrets`,
    note: "The file headers has one line, Authorization: Bearer and your token; chmod 600 it. The command supabase secrets set takes a secret as an argument or in dotenv quoting.",
  },
  {
    sink: "railway",
    store: "Railway",
    programs: ["railway"],
    deliver: "railway variable set KEY --stdin",
  },
  {
    sink: "fly",
    store: "Fly.io",
    programs: ["fly", "jq"],
    deliver: `${line} | fly secrets import --app APP`,
    note: lineNote,
  },
  {
    sink: "infisical",
    store: "Infisical",
    programs: ["infisical", "jq"],
    deliver: `${line} | infisical secrets set --file /dev/stdin --env ENVIRONMENT --projectId PROJECT_ID >/dev/null`,
    readBack: "infisical secrets get KEY --plain --silent --env ENVIRONMENT --projectId PROJECT_ID",
    note: `${lineNote} Do not write KEY=@/dev/stdin: with a machine identity it stores these words.`,
  },
  {
    sink: "heroku",
    store: "Heroku",
    programs: ["curl", "jq"],
    deliver: `jq -Rs "{KEY: .}" | ${curl} --request PATCH ${headers} --json @- https://api.heroku.com/apps/APP/config-vars`,
    readBack: `curl -fsS ${headers} https://api.heroku.com/apps/APP/config-vars | jq -je .KEY`,
    note: "heroku config:set shows the secret to every process of the machine. The file headers has two lines, Authorization: Bearer and your token, and Accept: application/vnd.heroku+json; version=3; chmod 600 it.",
  },
  {
    sink: "netlify",
    store: "Netlify",
    programs: ["curl", "jq"],
    deliver: `jq -Rs "{context: \\"production\\", value: .}" | ${curl} --request PATCH ${headers} --json @- https://api.netlify.com/api/v1/accounts/ACCOUNT_ID/env/KEY?site_id=SITE_ID`,
    note: "netlify env:set shows the secret to every process of the machine. The file headers has one line, Authorization: Bearer and your token; chmod 600 it. The variable must exist.",
  },
  {
    sink: "sops",
    store: "SOPS file",
    programs: ["sops", "jq"],
    deliver: `jq -Rs . | sops set --value-stdin FILE "[\\"KEY\\"]"`,
    readBack: `sops decrypt --extract "[\\"KEY\\"]" FILE`,
    note: "It needs SOPS 3.11. Earlier ones take a secret as an argument only.",
  },
  {
    sink: "age",
    store: "File encrypted by age",
    programs: ["age"],
    deliver: "age -R RECIPIENTS -o FILE.new && mv FILE.new FILE",
    readBack: "age -d -i IDENTITY FILE",
    note: "RECIPIENTS is a file of public keys, and IDENTITY the file of a private key.",
  },
  {
    sink: "pass",
    store: "pass",
    programs: ["pass"],
    deliver: "pass insert -m -f NAME >/dev/null",
    readBack: "pass show NAME",
    note: "Without -m it would ask twice, and keep a line end.",
  },
  {
    sink: "systemd",
    store: "systemd credential",
    programs: ["systemd-creds"],
    deliver: "systemd-creds encrypt --name=NAME - FILE.new && mv FILE.new FILE",
    readBack: "systemd-creds decrypt --name=NAME FILE -",
    note: "The service has LoadCredentialEncrypted=NAME:FILE.",
  },
  {
    sink: "postgres",
    store: "PostgreSQL",
    programs: ["psql"],
    deliver: `{ printf "INSERT INTO secrets (name, value) VALUES (\\$\\$KEY\\$\\$, convert_from(decode(\\$\\$"; base64; printf "\\$\\$, \\$\\$base64\\$\\$), \\$\\$UTF8\\$\\$)) ON CONFLICT (name) DO UPDATE SET value = excluded.value;"; } | psql -X -q -v ON_ERROR_STOP=1`,
    readBack: `psql -X -At -v ON_ERROR_STOP=1 -c "SELECT value FROM secrets WHERE name = \\$\\$KEY\\$\\$"`,
    note: "The table has two columns: name text PRIMARY KEY, value text. PGSERVICE, PGHOST, PGPASSFILE and the like say where. A server that logs all statements logs the secret.",
  },
  {
    sink: "redis",
    store: "Redis, Valkey",
    programs: ["redis-cli"],
    deliver: "redis-cli -e -x SET KEY >/dev/null",
    readBack: "redis-cli -e --raw GET KEY",
    note: "REDISCLI_AUTH has the password. Without -e a refused command counts as stored.",
  },
];

/** What no recipe delivers to, and why. */
export const without: readonly (readonly [store: string, why: string])[] = [
  ["dotenvx", "dotenvx set takes the secret as an argument, which every process of the machine can read."],
];

/** What users paste to deliver by a recipe. */
export function toOption({ sink, deliver }: Recipe): string {
  return `--to '${sink}=exec:${deliver}'`;
}

/** What users paste to read a recipe's sink back; undefined where the store never shows a secret. */
export function readBackOption({ sink, readBack }: Recipe): string | undefined {
  return readBack === undefined ? undefined : `--read-back '${sink}=${readBack}'`;
}
