import { type Claim, claims } from "./claims.ts";
import type { Claimed } from "./knowledge.ts";

/** Sentences that say what was seen, or only that something is not known: nothing that the oracle could hold them against. */
const harmless: readonly RegExp[] = [
  /^A second secret exists, and this rotation does not have it\.$/,
  /^Whether the lost request created another is not known\.$/,
  /^An (earlier step may have deleted an older secret|older secret may be gone)\.$/,
  /^An old secret is being deleted to make room for a new one\.$/,
  /^Until that is delivered, deployed secrets may not work\.$/,
  /^Nothing shows whether anybody else has changed the client since/,
  /^(Its|The) deployment in .* (is not confirmed\.|cannot be confirmed: there is no check, and no read-back\.)$/,
  /^No secret can be verified from here at /,
  /^No rotation is under way whose secret could be delivered again\.$/,
  /^The API refused to create a second secret, and does not show whether there is one already: /,
  /^The check (says that the new secret is not deployed|failed: .*)\.$/,
  /^It had succeeded (once|\d times)\.$/,
  /^The clients? could not be (read|listed): /,
  /^The client .* may have been created, but no response is recorded\.$/,
  /^Whether the client was created is not known: /,
  /^The response to the request for a new client has no secret\.$/,
  /^Its secret is rotated now\.$/,
  /^The credentials need the permission /,
  /^The server asks to wait|^It may have been applied\.$/,
  /^The journal could not be read: /,
  /^The journal failed: /,
  /^The journal knows of a (later )?rotation of this client/,
  /^This journal does not know the rotation that created it\.$/,
  /^A rotation of this client is under way in the journal\.$/,
  /^The overlap lasts until .*: services may still use the old secret\.$/,
  /^The old(er)? secret was not deleted: .*$/,
  /^The rotation under way has a sink named .*, which was not given\.$/,
  /^The sink .* (could not be read back: |does not hold the new secret\.$)/,
  /^Delivery to .* failed: /,
  /^Every sink took the new secret, but the activation failed: /,
  /^The secret has another SHA-256 than the rotation reported, so it is not the new secret\.$/,
  /^Whether the new one was kept is not known, because its verification was declined\.$/,
  /^Whether the (entry was written|old(er)? secret was deleted|secret was rotated) is not known/,
  /^The (journal|API) takes so long that /,
  /^A new secret may have been requested, but no response is recorded\.$/,
  /^The deletion of the old secret may have been requested, but no response is recorded\.$/,
  /^The API took too long to show the client just before the deletion/,
  /^It took too long to find out whether the new secret is still the newest, so it was not delivered\.$/,
  /^This rotation ended without a new secret: (it took too long to make sure that the request may be sent|the request was refused before)/,
  /^Older entries of the journal could not be erased; the next run tries again\.$/,
  /^A rotation of this client is under way, with other sinks/,
  /^(finish and overlap cannot be combined|Deleting the old secret in the same run|overlap must be a number|checkRuns must be|check(Interval|Timeout) must be|rotatedAt must be a date)/,
];

/** Sentences that tell a person what to do. */
const advice: readonly RegExp[] = [
  /^(Check|Do not delete|Find out|Find the new secret|Finish|Finishing needs|Give|Use|Look at|Recover|Replicas of the issuer may|Resume|Try) /,
  /^(Choose another name|Create it again), /,
  /^(Recover again|Resume it with those sinks|Try again|Nothing is left to do)\.$/,
  /^This may take until /,
  /^(If|To) /,
  /^Recovering would abandon it/,
  /^Delete the old secret by hand if there is one, then recover again\.$/,
  /^The API would refuse the same request again\.$/,
  /^Its reason is above\.$/,
];

/** Names of what a person must decide. */
export const decisions: RegExp =
  /recover|acceptDowntime|accept|adopt|declin|another (journal|folder|network)|where it (was )?beg[au]n|give a check|permission|credentials|other (journal|process|run)|Stopped by a signal|deliver the new one again|Its reason is above|nothing is left to do|could not be read: .* Try again|nothing was recorded/i;

/** The sentences of a message. A cause or a status may have dots of its own; each begins with a capital letter. */
function sentencesOf(message: string): string[] {
  return message.split(/(?<=[.!?])\s+(?=[A-Z])/);
}

/** What a message says that is not so, or that nobody has classified yet. */
export function judgeWording(message: string, claimed: Claimed): { readonly rule: string; readonly said: string }[] {
  const found: { rule: string; said: string }[] = [];
  for (const said of sentencesOf(message)) {
    let isKnown = false;
    for (const { words, isTrue } of claims as readonly Claim[]) {
      const match = words.exec(said);
      if (!match) continue;
      isKnown = true;
      if (!isTrue(claimed, match.slice(1))) found.push({ rule: "unseen-claim", said });
    }
    if (!isKnown && ![...harmless, ...advice].some((pattern) => pattern.test(said)))
      found.push({ rule: "unclassified-sentence", said });
  }
  return found;
}
