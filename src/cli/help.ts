/** What stands below the options in each command's help. */
export const examples = {
  program: `
Try it, with no account:
  cf-oauth list --sandbox
  cf-oauth rotate a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4 --sandbox --to file:secret.txt
  cf-oauth finish a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4 --sandbox

Credentials: CF_OAUTH_API_TOKEN, else CLOUDFLARE_API_TOKEN, else CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY.

Exit codes: 0 done, or at rest; 1 journal, network or API failed; 2 usage; 3 credentials or permission; 4 refused; 5
outcome unknown or secret missing; 6 a sink failed; 7 not verified, or not deployed; 129, 130, 143 after a signal. The
message says what was changed.`,
  rotate: `
Examples:
  cf-oauth rotate <client-id> --to dotenv:/srv/app/.env#OAUTH_CLIENT_SECRET --overlap 1h
  cf-oauth rotate <client-id> --to 'vault=exec:vault kv patch secret/app key=-' \\
    --read-back 'vault=vault kv get -field=key secret/app' --finish --yes
  cf-oauth rotate <client-id> --to exec:'wrangler secret put OAUTH_SECRET --name app' \\
    --check 'curl -fsS https://app.example.com/secret-digest | grep -qx "$CF_OAUTH_SECRET_SHA256"'
  cf-oauth rotate --plan rotation.yaml --yes

A plan has the clients, where the secret of each goes, and how often it is due; cf-oauth plan-schema prints its schema.`,
  resume: `
Examples:
  cf-oauth resume <client-id>
  cf-oauth resume <client-id> --replace-sink 'vault=exec:vault kv patch secret/app key=-'`,
  finish: `
Examples:
  cf-oauth finish <client-id>
  cf-oauth finish --plan rotation.yaml

It proves the new secret and its deployment once more, and deletes only if nobody has changed the client since.`,
  recover: `
Example:
  cf-oauth recover <client-id> --to file:/run/secrets/oauth --accept-downtime

For when the answer to a rotation was lost, or a journal: then a secret exists that nobody holds, and cannot be read.`,
  adopt: `
Example:
  cf-oauth adopt <client-id> --secret-from 'exec:vault kv get -field=key secret/app' --digest <sha256> \\
    --to 'vault=exec:vault kv patch secret/app key=-' --read-back 'vault=vault kv get -field=key secret/app'

For when a runner's disk is gone after the new secret was delivered. Finishing it then needs --accept-change, since what
happened in between is not known.`,
  verify: `
Examples:
  cf-oauth verify <client-id> < /run/secrets/oauth
  vault kv get -field=key secret/app | cf-oauth verify <client-id>

Exit code 0: accepted, three times in a row; 7: refused, or it cannot be told. One that is refused is tried twelve times, for
two minutes, since not every replica may know of it yet.`,
  journalRecipe: `
Example, for a bucket of S3:
  cf-oauth journal-recipe s3 > journal.sh; chmod +x journal.sh
  export JOURNAL_BUCKET=my-bucket CF_OAUTH_JOURNAL='exec:./journal.sh' CF_OAUTH_JOURNAL_KEY=$(cf-oauth keygen -q)
  cf-oauth rotate <client-id> --to file:secret

Keep the key where your other secrets are: without it no journal can be read. The script's settings stand at its top, and
can be given in the environment: JOURNAL_BUCKET, JOURNAL_ENDPOINT, JOURNAL_MOUNT, JOURNAL_PREFIX. Where the store has no
recipe, write a script that does the same: README.md says what it must do.`,
  selftest: `
It creates a client, rotates, proves, finishes and deletes it again, whatever happens. Its report holds no ids and no
secrets. Try it first with --sandbox.`,
};

/** How known programs take a secret on stdin. */
export const recipes = `
Sinks: the secret goes to the command's stdin, exactly, with no line end; /dev/stdin can be opened there. Nothing of it is
in arguments or the environment. Known to take it so (put the whole of it after --to 'name=exec:…'):
  Workers             wrangler secret put KEY --name WORKER              (a mistyped name makes a new Worker)
  Secrets Store       wrangler secrets-store secret update STORE --secret-id ID --remote
  GitHub              gh secret set KEY -R owner/repo
  AWS                 aws secretsmanager put-secret-value --secret-id X --secret-string file:///dev/stdin
  Google Cloud        gcloud secrets versions add X --data-file=-
  Kubernetes          kubectl create secret generic X --from-file=k=/dev/stdin --dry-run=client -o yaml |
                        kubectl apply --server-side -f -
  Vault               vault kv patch PATH key=-                          (kv put would drop the other keys)
  Azure               az keyvault secret set --vault-name V --name X --file /dev/stdin -o none
  Doppler             doppler secrets set KEY --silent
  1Password           op item get I --format json | … would need the secret twice: use a script of yours
  Vercel              vercel env update KEY production --yes
Read-backs (--read-back 'name=…'), the proof that it is there:
  AWS                 aws secretsmanager get-secret-value --secret-id X --query SecretString --output text
  Google Cloud        gcloud secrets versions access latest --secret=X
  Kubernetes          kubectl get secret X -o 'go-template={{.data.k | base64decode}}'
  Vault               vault kv get -field=key PATH
  Azure               az keyvault secret show --vault-name V --name X --query value -o tsv
  Doppler             doppler secrets get KEY --plain
Where nothing can be read back (wrangler, gh): --check, with an endpoint of your service that answers with the digest.`;
