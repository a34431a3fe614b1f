import type { Random } from "../../support/random.ts";
import type { Faults } from "./faults.ts";
import { answerOfIssuer } from "./issuer.ts";
import type { Change, Ledger } from "./ledger.ts";
import type { Process } from "./process.ts";
import { responseOf } from "./response.ts";
import type { Scheduler } from "./scheduler.ts";
import { accountId, clientId, type Server } from "./server.ts";

/** What an operator's requests meet. */
export interface Outside {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly server: Server;
  /** For latencies. */
  readonly random: Random;
  /** Until when the issuer shows a bot challenge. */
  challengedUntil: number;
  onSend(change: Change): void;
  onApply(change: Change): void;
  /** A request would have created a second client. */
  onSecondClient(change: Change): void;
}

/** The response to a request, as it leaves the server. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called when a whole response is read. */
  readonly onReceipt?: () => void;
}

type Kind = "post" | "delete" | "get" | "issuer";

const html: string = "<!doctype html><title>Just a moment...</title>";

/** 2xx bodies that are not what they should be. */
const malformed: readonly [string, ...string[]] = ["", "{", html, "null", '{"success":true,"result":{}}', "[]"];

export const apiURL: string = "https://api.cloudflare.com/client/v4";

/** A response of the API in its envelope. */
function envelope(status: number, result: unknown, message: string = "refused", code: number = 10_000): Answer {
  const isGood = status < 400;
  const errors = isGood ? [] : [{ code, message }];
  return {
    status,
    body: JSON.stringify({ success: isGood, errors, messages: [], result: isGood ? result : null }),
    headers: { "content-type": "application/json" },
  };
}

/** What stands between the machine and the server, before the server looks at what it is asked. */
function obstacle(kind: Kind, faults: Faults): Answer | undefined {
  const asked = faults.draw(`${kind} 429`, 1, 300);
  if (asked !== undefined)
    return {
      ...envelope(429, null, "slow down", 971),
      headers: { "content-type": "application/json", "retry-after": `${asked}` },
    };
  if (kind !== "issuer" && faults.draw(`${kind} 403`)) return envelope(403, null, "Forbidden");
  if (kind !== "issuer" && faults.draw(`${kind} html`))
    return { status: 403, body: html, headers: { "content-type": "text/html" } };
  if (faults.draw(`${kind} 5xx`)) return envelope(503, null, "unavailable");
  return undefined;
}

/** `fetch` as one process has it. */
export function fetchFor(process: Process, outside: Outside): (url: string, init: RequestInit) => Promise<Response> {
  const { scheduler, faults, ledger, server, random } = outside;

  return (url, init) =>
    new Promise((resolve, reject) => {
      const isIssuer = !url.startsWith(apiURL);
      const method = init.method ?? "GET";
      const kind: Kind = isIssuer ? "issuer" : method === "POST" ? "post" : method === "DELETE" ? "delete" : "get";
      const name = `${method} ${url.slice(url.lastIndexOf("/") + 1)}`;
      const abandon = () => {
        isWaiting = false;
        if (change) change.givenUpAt = scheduler.now;
        if (change?.kind === "POST" && process.isInterrupted && scheduler.now < calledAt + process.timeout)
          ledger.break("signal-aborts-post", `a signal ends ${process.name}'s POST, whose response was not waited for`);
        reject(new DOMException("This operation was aborted", "AbortError"));
      };
      let isWaiting = true;
      let change: Change | undefined;
      if (init.signal?.aborted) return abandon();
      init.signal?.addEventListener("abort", () => isWaiting && abandon());
      const calledAt = scheduler.now;
      if (!isIssuer) process.requests++;
      if (!process.pass(name)) return;

      let departure = 0;
      if (kind === "post" || kind === "delete") {
        const frozen = faults.draw("freeze before send", 500, 200_000);
        if (frozen !== undefined) {
          process.freeze(frozen, false);
          departure = frozen;
        }
        change = {
          kind: kind === "post" ? "POST" : "DELETE",
          by: process,
          calledAt,
          sentAt: calledAt + departure,
          announcement: process.won,
        };
        ledger.changes.push(change);
        outside.onSend(change);
      }
      const lostBefore = faults.draw(`${kind} lost before`);
      const late = change && faults.draw(`${kind} applied late`, 1000, process.timeout + 28_000);
      const tooLate = change && faults.draw(`${kind} applied too late`, process.timeout + 31_000, 400_000);
      const lostAfter = change && faults.draw(`${kind} lost after`, 1, 2);
      const slow = faults.draw(`${kind} response slow`, 500, 40_000) ?? 0;
      if (change) process.onStall(Math.max(slow, late ?? 0, lostAfter ? process.timeout : 0));
      const broken = faults.draw(`${kind} malformed`, 0, malformed.length - 1);
      const way = random.between(10, 150);
      const isReset = lostAfter === 2 || (lostBefore !== undefined && way % 2 === 0);

      const respond = (answer: Answer | undefined, delay: number) => {
        const arrivesAt = scheduler.now + delay;
        const date = server.manners.hasDate ? { date: new Date(scheduler.now).toUTCString() } : undefined;
        const isWhole = broken === undefined || !answer || answer.status >= 300;
        if (change && answer && isWhole) change.arrivesAt = arrivesAt;
        // The machine has it, even if the process is stopped.
        scheduler.after(delay, () => {
          if (change && answer && isWhole && answer.status < 300 && process.isAlive && isWaiting)
            change.arrivedAt = scheduler.now;
        });
        scheduler.after(
          delay,
          () => {
            if (!isWaiting) return;
            isWaiting = false;
            if (!answer) {
              ledger.note(`${process.name} ${name}: connection reset`);
              if (change) change.givenUpAt = scheduler.now;
              reject(
                new TypeError("fetch failed", {
                  cause: Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }),
                }),
              );
              return;
            }
            if (change && isWhole && answer.status < 300) change.confirmedAt = scheduler.now;
            if (kind !== "issuer" || answer.status === 200) ledger.note(`${process.name} ${name}: ${answer.status}`);
            else
              ledger.note(
                `${process.name} ${name}: ${answer.status} ${/"(invalid_\w+)"/.exec(answer.body)?.[1] ?? ""}`,
              );
            if (isWhole) answer.onReceipt?.();
            else ledger.note(`its body is malformed: ${malformed[broken ?? 0]}`);
            resolve(
              responseOf(
                answer.status,
                { ...date, ...answer.headers },
                isWhole ? answer.body : (malformed[broken] ?? ""),
              ),
            );
          },
          process,
        );
      };

      scheduler.after(departure + way, () => {
        if (lostBefore) {
          ledger.note(`${process.name} ${name} is lost on its way`);
          if (isReset) respond(undefined, way);
          return;
        }
        const stands = obstacle(kind, faults);
        if (stands) return respond(stands, way);
        if (kind === "get") return respond(read(), way + slow);
        if (kind === "issuer") {
          const challenge = faults.draw("issuer challenges", 5000, 400_000);
          if (challenge !== undefined) outside.challengedUntil = scheduler.now + challenge;
          if (scheduler.now < outside.challengedUntil)
            return respond({ status: 403, body: html, headers: { "content-type": "text/html" } }, way);
          return respond(answerOfIssuer(process, server, url, init, calledAt), way + slow);
        }
        const delay = tooLate ?? late ?? 0;
        scheduler.after(delay, () => {
          const answer = apply();
          if (lostAfter) {
            ledger.note(`the response to ${process.name} ${name} is lost`);
            if (isReset) respond(undefined, way);
            return;
          }
          if (faults.draw(`${kind} 5xx applied`)) return respond(envelope(503, null, "unavailable"), way);
          respond(answer, way + slow);
        });
      });

      const read = (): Answer => {
        const lag = faults.draw("get lags too long", 31_000, 120_000) ?? faults.draw("get lags", 200, 29_000) ?? 0;
        const shown = server.read(lag);
        ledger.longestLag = Math.max(ledger.longestLag, lag);
        if (lag) ledger.note(`${process.name} ${name} is answered with a state ${lag / 1000} s old`);
        const isList = url.endsWith("/oauth_clients");
        if (!shown) return isList ? envelope(200, []) : envelope(404, null, "There is no such client");
        const { body, ...seen } = shown;
        const read = { sentAt: calledAt, servedAt: scheduler.now, ...seen };
        return { ...envelope(200, isList ? [body] : body), onReceipt: () => process.reads.push(read) };
      };
      const apply = (): Answer => {
        if (!change) return envelope(404, null);
        if (url.endsWith("/oauth_clients")) {
          const created = server.create(change);
          if (created) outside.onApply(change);
          else outside.onSecondClient(change);
          return created ? envelope(200, created) : envelope(400, null, "There is a client already");
        }
        if (!url.includes(`${accountId}/oauth_clients/${clientId}/rotate_secret`)) return envelope(404, null);
        if (change.kind === "DELETE") {
          server.deleteOld(change);
          outside.onApply(change);
          return envelope(200, { id: clientId });
        }
        const { status, secret } = server.rotate(change);
        outside.onApply(change);
        return status === 200
          ? envelope(200, { client_secret: secret })
          : envelope(status, null, "An old secret exists");
      };
    });
}
