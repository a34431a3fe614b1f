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
