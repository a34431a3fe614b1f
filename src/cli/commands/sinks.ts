/** How known programs take a secret on stdin. */
export const recipes: string = `
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
