/**
 * What a rotation needs from Node: the journal in files or by a command, and the sinks.
 *
 * @module cloudflare-oauth-clients/node
 */
export type { DotenvReader } from "./dotenv-readers.ts";
export { type DotenvSinkOptions, dotenvSink } from "./dotenv-sink.ts";
export { type ExecJournalOptions, execJournal } from "./exec-journal.ts";
export {
  commandCheck,
  commandReadBack,
  commandVerify,
  type ExecSinkOptions,
  execSink,
  type ShellOptions,
} from "./exec-sink.ts";
export { FileJournal } from "./file-journal.ts";
export { type FileSinkOptions, fileSink } from "./file-sink.ts";
export { type ParseSinkOptions, parseSink } from "./sink-spec.ts";
export { type SecretStream, stdoutSink } from "./stdout-sink.ts";
