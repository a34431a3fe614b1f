import type { Send } from "./answer.ts";
import type { Call } from "./call.ts";
import { redact, redactHeaders } from "./redact.ts";

/** How much is logged: a level and what is graver. */
export type LogLevel = "off" | "error" | "warn" | "info" | "debug";

/** Where to. `console` is one. */
export interface Logger {
  /**
   * For errors. Not used at present.
   *
   * @param message the line; no secret is in it.
   * @param rest nothing; it is there so that `console` and its like fit.
   */
  error(message: string, ...rest: unknown[]): void;
  /**
   * For warnings. Not used at present.
   *
   * @param message the line; no secret is in it.
   * @param rest nothing; it is there so that `console` and its like fit.
   */
  warn(message: string, ...rest: unknown[]): void;
  /**
   * A retry: why, and in how many milliseconds.
   *
   * @param message the line; no secret is in it.
   * @param rest nothing; it is there so that `console` and its like fit.
   */
  info(message: string, ...rest: unknown[]): void;
  /**
   * A request or its response, without credentials and bodies.
   *
   * @param message the line; no secret is in it.
   * @param rest nothing; it is there so that `console` and its like fit.
   */
  debug(message: string, ...rest: unknown[]): void;
}

/** Writes a line about a call, with the call's credentials cut out. */
type Write = (line: string, call: Call) => void;

/** For each level that is used, how to write; undefined where it is not wanted, so that the line is not even made. */
export interface Log {
  readonly info: Write | undefined;
  readonly debug: Write | undefined;
}

const levels: readonly LogLevel[] = ["off", "error", "warn", "info", "debug"];

/** Whether a text is a level. */
export function isLogLevel(text: string | undefined): text is LogLevel {
  return levels.includes(text as LogLevel);
}

export function createLog(logger: Logger, limit: LogLevel): Log {
  const writer = (level: keyof Log): Write | undefined =>
    levels.indexOf(level) > levels.indexOf(limit)
      ? undefined
      : (line, call) => {
          try {
            logger[level](`cloudflare-oauth-clients: ${redact(line, call.headers)}`);
          } catch {
            // A log that fails must not lose the response, which may hold a secret that is shown once.
          }
        };
  return { info: writer("info"), debug: writer("debug") };
}

/** Logs every call at `debug`: method, address, headers, status and time; never a body, which may hold a secret. */
export function withLogging(send: Send, { debug }: Log): Send {
  if (!debug) return send;
  return async (call) => {
    const name = `${call.method} ${call.url}`;
    const start = Date.now();
    debug(`${name} ${show(call.headers, call)}`, call);
    try {
      const answer = await send(call);
      debug(`${name}: ${answer.status} after ${Date.now() - start} ms ${show(answer.headers, call)}`, call);
      return answer;
    } catch (error) {
      debug(`${name}: ${error} after ${Date.now() - start} ms`, call);
      throw error;
    }
  };
}

function show(headers: Headers, call: Call): string {
  return JSON.stringify(Object.fromEntries(redactHeaders(headers, call.headers)));
}
