import type { Session } from "../session/session.ts";

/** A journal that is gone after the job cannot be resumed. */
export function warnOfThrowAwayRunner({ options, output, directory }: Session): void {
  const { CI, CF_OAUTH_STATE_DIR, CF_OAUTH_JOURNAL } = process.env;
  if (!CI || options.stateDir || CF_OAUTH_STATE_DIR || options.journal || CF_OAUTH_JOURNAL || options.sandbox) return;
  output.warn(
    `This looks like a CI runner, whose disk may not outlast the job, and the journal is on it, in ${directory}. Give a --state-dir that lasts, or a --journal elsewhere: else a killed job can only be recovered.`,
  );
}
