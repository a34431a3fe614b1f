import { commandReadBack, parseSink } from "../../node/index.ts";
import { adoptRotation } from "../../rotation/index.ts";
import { perform } from "../attempt/attempt.ts";
import type { RotationCommandOptions } from "../attempt/prepare.ts";
import type { Session } from "../session/session.ts";
import { messageOf } from "../terminal/message-of.ts";
import { canAsk, confirm } from "../terminal/question.ts";
import { UsageError } from "../terminal/usage-error.ts";

/** The options of `adopt`. */
export interface AdoptOptions extends RotationCommandOptions {
  readonly secretFrom?: string;
  readonly digest?: string;
  readonly withoutDigest?: boolean;
}

/** `adopt`: goes on with a rotation whose journal is gone, by the secret that a sink still has. */
export async function adopt(session: Session, clientId: string, options: AdoptOptions): Promise<number> {
  const { secretFrom, digest } = options;
  if (secretFrom === undefined)
    throw new UsageError(
      "Where is the new secret? Give --secret-from exec:<command>, file:<path> or dotenv:<path>#<KEY>.",
    );
  if (digest !== undefined && !/^[0-9a-f]{64}$/i.test(digest))
    throw new UsageError(
      "--digest takes the SHA-256 of the new secret, 64 hex characters, as --json and the job summary had it.",
    );
  const readSecret = reader(secretFrom);
  if (digest === undefined && !(await isAsserted(session, options))) {
    session.output.fail("Nothing was changed.");
    return 1;
  }
  const secret = await readSecret({ signal: session.signal }).catch((error: unknown) => {
    session.signal.throwIfAborted();
    throw new UsageError(
      `No secret could be read from ${secretFrom}: ${error instanceof Error ? error.message : error}`,
    );
  });
  if (secret === "") throw new UsageError(`${secretFrom} gave an empty secret.`);
  return perform(session, "adopt", clientId, options, (client, where, rotation) =>
    adoptRotation(client, where, { ...rotation, secret, sha256: digest }),
  );
}

function reader(spec: string): (context: { readonly signal: AbortSignal }) => Promise<string> {
  const command = /^exec:(.*)$/s.exec(spec)?.[1];
  try {
    const read = command === undefined ? parseSink(spec).readBack : commandReadBack(command);
    if (read) return read;
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  throw new UsageError(`Nothing can be read from ${spec}.`);
}

/** Whether somebody says what a digest would have proved. */
async function isAsserted({ output, signal }: Session, { withoutDigest }: AdoptOptions): Promise<boolean> {
  const asserted =
    "Without --digest you assert that what is read is the newest secret of this client, and not the old one: if it were the old one, finishing would delete the secret that you mean to keep.";
  if (withoutDigest) return true;
  if (!canAsk()) throw new UsageError(`${asserted} Give --digest, or assert it by --without-digest.`);
  output.warn(asserted);
  return confirm("Is it so?", signal);
}
