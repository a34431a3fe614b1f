/**
 * Runs a check: a function that throws if it fails, and may return what is worth telling.
 *
 * @returns `{ name, ok, detail }`.
 */
export async function runCheck(name, check, world) {
  try {
    return { name, ok: true, detail: (await check(world)) ?? "" };
  } catch (error) {
    return { name, ok: false, detail: `${error?.name}: ${error?.message}` };
  }
}

export function equal(actual, expected, what) {
  const [seen, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (seen !== wanted) throw new Error(`${what} is ${seen}, not ${wanted}`);
}

/** What a promise is rejected with; fails unless that is exactly of this class. */
export async function failureOf(promise, kind) {
  const reason = await promise.then(
    () => "nothing: it was fulfilled",
    (reason) => reason,
  );
  if (reason?.constructor === kind) return reason;
  throw new Error(`Expected ${kind.name}, got ${reason?.name}: ${reason?.message ?? reason}`);
}

/** Fails if a run of so many characters of a credential is in a text; six tell something already. */
export function hides(text, credential, what, run = 6) {
  for (let at = 0; at + run <= credential.length; at++) {
    const part = credential.slice(at, at + run);
    if (text.includes(part)) throw new Error(`${what} shows ${part}, which is a part of the credential`);
  }
}
