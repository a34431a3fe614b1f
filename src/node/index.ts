/**
 * What a rotation needs from Node: the journal in files or by a command, and the sinks.
 *
 * @module cloudflare-oauth-clients/node
 */
export type { DotenvReader } from "./dotenv/dotenv-readers.ts";
export { type ExecJournalOptions, execJournal } from "./journals/exec-journal.ts";
export { FileJournal } from "./journals/file-journal.ts";
export { type DotenvSinkOptions, dotenvSink } from "./sinks/dotenv-sink.ts";
export {
  commandActivate,
  commandCheck,
  commandReadBack,
  commandVerify,
  type ExecSinkOptions,
  execSink,
  type ShellOptions,
} from "./sinks/exec-sink.ts";
export { type FileSinkOptions, fileSink } from "./sinks/file-sink.ts";
export { type ParseSinkOptions, parseSink } from "./sinks/sink-spec.ts";
export { type SecretStream, stdoutSink } from "./sinks/stdout-sink.ts";
