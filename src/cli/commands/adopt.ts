import { Option } from "commander";
import { commandReadBack, parseSink } from "../../node/index.ts";
import { adoptRotation } from "../../rotation/index.ts";
import { onOneClient } from "../attempt/one-client.ts";
import { type GivenOptions, verifyAndConfirm } from "../attempt/option-table.ts";
import { options } from "../attempt/options.ts";
import type { Session } from "../session/session.ts";
import { Declined, UsageError } from "../terminal/command-error.ts";
import { canAsk, confirm } from "../terminal/question.ts";
import { messageOf } from "../terminal/text.ts";
import type { CommandDefinition } from "./definition.ts";

interface AdoptOptions extends GivenOptions {
  readonly secretFrom?: string;
  readonly digest?: string;
  readonly withoutDigest?: boolean;
}

/** `adopt`: continues a rotation whose journal is lost, with the secret that a sink still has. */
export const command: CommandDefinition<[clientId: string, options: AdoptOptions]> = {
  about:
    "Continue a rotation whose journal is lost, with the new secret that a sink still holds. Use it when a CI runner was deleted after it had delivered the secret.",
  usage: ["<client-id> --secret-from <source> --digest <sha256> --to <sink>"],
  examples: `$ cf-oauth adopt $ID --secret-from 'exec:vault kv get -field=key secret/app' \\
    --digest "$SHA256" --to 'vault=exec:vault kv patch secret/app key=-' \\
    --read-back 'vault=vault kv get -field=key secret/app'`,
  help: `Afterwards finish needs --accept-change: without the journal nobody knows
whether the client was changed in between.`,
  options: [
    new Option("--secret-from <source>", "where the new secret is: exec:<command>, file:<path> or dotenv:<path>#<KEY>"),
    new Option("--digest <sha256>", "SHA-256 of the new secret; --json and the job summary of the lost run show it"),
    new Option(
      "--without-digest",
      "assert that this is the newest secret. If it is the old one, finish deletes the secret you need.",
    ),
    ...options("to", "overlap", ...verifyAndConfirm),
  ],
  async run(session, clientId, options) {
    const { secretFrom, digest } = options;
    if (secretFrom === undefined)
      throw new UsageError(
        "Nothing says where the new secret is. Nothing was sent. Add --secret-from exec:<command>, file:<path> or dotenv:<path>#<KEY>.",
      );
    if (digest !== undefined && !/^[0-9a-f]{64}$/i.test(digest))
      throw new UsageError(
        "--digest takes the SHA-256 of the new secret, 64 hex characters, as --json and the job summary showed it.",
      );
    const readSecret = reader(secretFrom, session.output.passOn);
    if (digest === undefined) await requireAssertion(session, options);
    const secret = await readSecret({ signal: session.signal }).catch((error: unknown) => {
      session.signal.throwIfAborted();
      throw new UsageError(`No secret could be read from ${secretFrom}: ${messageOf(error)}`);
    });
    if (secret === "") throw new UsageError(`${secretFrom} gave an empty secret.`);
    const adoption = { secret, sha256: digest };
    return onOneClient(
      session,
      {
        command: "adopt",
        run: (client, where, rotation) => adoptRotation(client, where, { ...rotation, ...adoption }),
      },
      clientId,
      options,
    );
  },
};

function reader(
  spec: string,
  onOutput: (text: string) => void,
): (context: { readonly signal: AbortSignal }) => Promise<string> {
  const command = /^exec:(.*)$/s.exec(spec)?.[1];
  try {
    const read = command === undefined ? parseSink(spec).readBack : commandReadBack(command, { onOutput });
    // No secret ends in a line end: a program or an editor has added it.
    if (read) return async (context) => (await read(context)).replace(/\r?\n$/, "");
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  throw new UsageError(`Nothing can be read from ${spec}.`);
}

/** Asks a person to assert what a digest would have shown. */
async function requireAssertion({ output, signal }: Session, { withoutDigest }: AdoptOptions): Promise<void> {
  if (withoutDigest) return;
  const asserted =
    "Without --digest nothing shows that this is the newest secret. If it is the old one, `finish` deletes the secret you need.";
  if (!canAsk()) throw new UsageError(`${asserted} Add --digest, or --without-digest if you are sure.`);
  output.warn(asserted);
  if (!(await confirm("Is it the newest?", signal))) throw new Declined();
}
