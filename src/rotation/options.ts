import type { OAuthClientGetResponse } from "../client/iam.ts";
import type { Phase } from "./entry.ts";
import type { Verdict, VerifyEvent, WaitEvent } from "./issuer.ts";
import type { Journal } from "./journal.ts";
import type { Activate, Check, Sink } from "./sink.ts";

/** Which client's secret. */
export interface Target {
  /** 32 characters. */
  readonly accountId: string;
  /** The client's `client_id`. */
  readonly clientId: string;
}

/** How far a run is to go. */
export type Goal = "create" | "rotate" | "finish" | "recover";

/** Verifies a secret in the caller's own way. A plain function will do. */
export interface Verify {
  /**
   * Verifies a secret.
   *
   * @param secret the new secret.
   * @param context `signal` is aborted when the run is to end.
   * @returns The verdict.
   * @throws Counts as `inconclusive`.
   */
  (secret: string, context: { readonly signal: AbortSignal }): Promise<Verdict>;
  /**
   * Looks whether the verification can run, before a rotation begins.
   *
   * @param context `signal` is aborted when the run is to end.
   * @throws If it cannot: the rotation is not begun.
   */
  preflight?: ((context: { readonly signal: AbortSignal }) => Promise<void>) | undefined;
}

/**
 * What happens, for a progress display; holds no secret. Times are in ms since the epoch.
 *
 * - `phase`: an entry was written, and the rotation is in this phase; `abandoned` says why it is done without a new secret;
 *   `isOnly`, that the client has no other secret;
 * - `request`: the client is read or created, or a secret is asked for or deleted;
 * - `deliver`, `confirm`: a sink gets the secret, or is read back;
 * - `activate`: what uses the secret is made to take it;
 * - `check`: the check is called, for the `attempt`th time of as many as must succeed; with `failure`, it has failed, and is
 *   repeated from the first, at the latest `until`;
 * - `downtime`: that no deployed secret may work has begun, or is over;
 * - `warning`: something that does not stop the rotation;
 * - `verify`, `verdict`, `wait`: {@link VerifyEvent} and {@link WaitEvent}.
 */
export type RotationEvent =
  | VerifyEvent
  | WaitEvent
  | {
      readonly type: "phase";
      readonly phase: Phase;
      readonly abandoned?: string | undefined;
      readonly isOnly?: true;
    }
  | { readonly type: "request"; readonly request: "read" | "list" | "create" | "rotate" | "delete" }
  | { readonly type: "deliver" | "confirm"; readonly sink: string }
  | { readonly type: "activate" }
  | {
      readonly type: "check";
      readonly attempt: number;
      readonly of: number;
      readonly failure?: string;
      readonly until?: number;
    }
  /** With no end: from now on no deployed secret may work, until every sink has the new one. With one: that is over. */
  | { readonly type: "downtime"; readonly from: number; readonly until: number | undefined }
  | { readonly type: "warning"; readonly message: string };

/** Options of a rotation; what the journal knows need not be given again to resume or finish it. */
export interface RotationOptions {
  /** Where every step is written down before it is taken; the same one to resume and to finish. */
  readonly journal: Journal;
  /** Where the secret goes; at least one. */
  readonly sinks?: readonly Sink[] | undefined;
  /**
   * Names of sinks that get the secret (again, if they have had it): because something put the old one back, or because the
   * sink was a mistaken one, in whose place `sinks` has another of that name. Only before the old secret is deleted.
   */
  readonly redeliver?: readonly string[] | undefined;
  /** Notes for later runs, kept in the journal and shown in the state. They must not contain a secret. */
  readonly memo?: Readonly<Record<string, string>> | undefined;
  /** Called when every sink has the new secret, before anything is confirmed: has what uses the secret take it. */
  readonly activate?: Activate | undefined;
  /** Confirms the deployment, in addition to the sinks' read-backs. Pass `false` to allow the deletion without any confirmation. */
  readonly check?: Check | false | undefined;
  /**
   * How often in a row the check must succeed, from 1 to 100: one success may be that of the only replica that has the new
   * secret. Default: 3.
   */
  readonly checkRuns?: number | undefined;
  /** Milliseconds from the end of one check to the next, from 0 to one hour. Default: 1000. */
  readonly checkInterval?: number | undefined;
  /**
   * Milliseconds, from 0 to one day, in which the check is repeated although it fails, since a rollout takes its time. Default: 0, so
   * that the first failure ends the run.
   */
  readonly checkTimeout?: number | undefined;
  /** How the secret is verified; default: as `verifyClientSecret` does. False declines it. */
  readonly verify?: Verify | boolean | undefined;
  /** Milliseconds, from 0 to ten years, from the last verification until the old secret may be deleted. Default: 0. */
  readonly overlap?: number | undefined;
  /** Whether to delete the old secret in the same run; needs a confirmed deployment, and waits for no overlap. Default: false. */
  readonly finish?: boolean | undefined;
  /** Deletes the old secret although its overlap is not over: it may have leaked. Default: false. */
  readonly endOverlap?: boolean | undefined;
  /** The `updated_at` (or `none`) of a changed client, as the error `client-changed` showed it: deliver, or delete the old secret, anyway. */
  readonly acceptChange?: string | undefined;
  /**
   * Called with the client as the run first reads it, before the run sends a change or delivers a secret. What it throws ends
   * the run.
   */
  readonly recognise?: ((client: OAuthClientGetResponse) => void) | undefined;
  /** Accepts that for a while no secret may work, where a second one exists that nobody holds. Default: false. */
  readonly acceptDowntime?: boolean | undefined;
  /** The authorization server. Default: `https://dash.cloudflare.com`. */
  readonly issuer?: string | undefined;
  /** Reaches the issuer. Default: the global `fetch`. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Told what happens, for a progress display; what it throws is ignored. */
  readonly onEvent?: ((event: RotationEvent) => void) | undefined;
  /** Ends the run at the next safe moment; a POST under way is waited for, and journaled. */
  readonly signal?: AbortSignal | undefined;
}
