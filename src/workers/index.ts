/**
 * What a rotation needs on Cloudflare Workers: the journal in a Durable Object, and the alarm that continues it.
 *
 * @module cloudflare-oauth-clients/workers
 */
export type {
  AlarmStorage,
  AlarmTransaction,
  RotationAlarmOptions,
  RotationAlarmStatus,
  RotationSetup,
} from "./alarm-options.ts";
export type { Decisions, RotationFailure } from "./alarm-record.ts";
export { durableObjectJournal, type JournalStorage } from "./durable-object-journal.ts";
export { RotationAlarm } from "./rotation-alarm.ts";
