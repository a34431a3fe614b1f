export type { Decisions, RotationFailure } from "./alarm-record.ts";
export { durableObjectJournal, type JournalStorage } from "./durable-object-journal.ts";
export {
  type AlarmStorage,
  type AlarmTransaction,
  RotationAlarm,
  type RotationAlarmOptions,
  type RotationAlarmStatus,
  type RotationSetup,
} from "./rotation-alarm.ts";
