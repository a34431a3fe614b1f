import { beforeEach, describe, expect, test } from "vitest";
import Cloudflare, { BadRequestError, CloudflareError, PermissionDeniedError } from "../../src/client/index.ts";
import type { Entry } from "../../src/rotation/entry.ts";
import { MemoryJournal, RotationError, type RotationEvent } from "../../src/rotation/index.ts";
import type { Reading } from "../../src/rotation/reading.ts";
import { Run, succeeds } from "../../src/rotation/run.ts";
import { entryOf } from "../support/entries.ts";
import { holdClock } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const target = { accountId: "account", clientId: "client" };
const client = new Cloudflare({ apiToken: "a-token" });

function runOf(goal: "rotate" | "finish" | "recover", entry?: Partial<Entry>, more: object = {}): Run {
  const run = new Run(client, target, { journal: new MemoryJournal(), ...more }, goal);
  if (entry) run.log.entry = { ...JSON.parse(entryOf(entry.phase ?? "issued")), ...entry };
  return run;
}

describe("an error", () => {
  const nothing = "Nothing was changed.";
  test.each<[string, Run, object, string, string | undefined]>([
    ["before anything", runOf("rotate"), {}, nothing, "rotate"],
    ["of a recovery, before anything", runOf("recover"), {}, `${nothing} Recover again.`, undefined],
    ["of a recovery that has another way", runOf("recover"), { next: "finish" }, nothing, "finish"],
    ["of a recovery that has none", runOf("recover"), { next: null }, nothing, undefined],
    ["of one that is done", runOf("rotate", { phase: "done" }), {}, nothing, "rotate"],
    [
      "of one that was given up, with nothing deleted",
      runOf("rotate", { phase: "done", abandoned: "a reason" }),
      {},
      nothing,
      "rotate",
    ],
    [
      "of one that was given up after a deletion",
      runOf("rotate", { phase: "done", abandoned: "a reason", downtimeFrom: 1 }),
      {},
      "An earlier step may have deleted an older secret.",
      "rotate",
    ],
    [
      "of one under way",
      runOf("recover", { phase: "delivered" }),
      {},
      "Every sink has the new secret; it is not verified yet. This rotation has deleted no secret.",
      "resume",
    ],
    ["that says what to do", runOf("rotate"), { todo: "Look." }, `${nothing} Look.`, "rotate"],
    ["of what is known to be old", runOf("rotate", { phase: "issued" }), { isOutdated: true }, "", "resume"],
  ])("%s", (_, run, details, message, nextStep) => {
    const error = run.error("api-failed", "It failed.", details);
    expect(error.message).toBe(["It failed.", message].filter(Boolean).join(" "));
    expect(error.nextStep).toBe(nextStep);
    expect(error.state?.phase).toBe(run.entry?.phase);
    expect(error).not.toHaveProperty("cause");
  });

  test("says of a rotation that this run has ended how it ended", () => {
    const run = runOf("finish", { phase: "done", sha256: "digest", deletion: "confirmed" });
    run.log.hasWritten = true;
    expect(run.error("journal-failed", "It failed.").message).toBe(
      "It failed. The API confirmed that the old secret is deleted, and the new one works.",
    );
  });

  test("keeps a cause without the new secret, and one of the client as it is", () => {
    const run = runOf("rotate", { phase: "issued", secret: "s3cret-of-ours" });
    const cause = run.error("check-failed", "It failed.", { cause: new Error("got s3cret-of-ours") }).cause;
    expect(cause).toMatchObject({ message: expect.not.stringContaining("s3cret") });
    const own = new CloudflareError("refused");
    expect(run.error("api-failed", "It failed.", { refusal: own }).cause).toBe(own);
    expect(run.describe("s3cret-of-ours")).not.toContain("s3cret");
    expect(runOf("rotate").describe("no secret yet")).toBe("no secret yet");
  });

  test.each([
    [401, [{ code: 1000 }], "credentials-refused"],
    [403, [{ code: 1000 }], "credentials-refused"],
    // A token of the wrong format.
    [400, [{ code: 6003, error_chain: [{ code: 6111 }] }], "credentials-refused"],
    [400, [{ code: 1000 }], "api-failed"],
    // A page of a bot challenge says nothing of credentials.
    [403, [], "api-failed"],
    [500, [{ code: 1000 }], "api-failed"],
  ])("for a response of %i with errors %j: %s", (status, errors, code) => {
    const error = new PermissionDeniedError("no", "not-applied", { status, error: { errors } });
    expect(runOf("rotate").apiError(error, "The client could not be read")).toMatchObject({ code, cause: error });
  });

  test("for credentials that are refused by a 400 is to be repeated with better ones", () => {
    const error = new BadRequestError("no", "not-applied", { status: 400, error: { errors: [{ code: 6003 }] } });
    expect(runOf("rotate").apiError(error, "It failed")).toMatchObject({ nextStep: "rotate" });
  });

  test("for a response that would be the same again has no next step", () => {
    for (const status of [400, 404, 405, 409, 410, 422]) {
      const error = new PermissionDeniedError("no", "not-applied", { status });
      expect(runOf("rotate").apiError(error, "It failed")).toMatchObject({ code: "api-failed", nextStep: undefined });
    }
    expect(runOf("rotate").apiError(new CloudflareError("no token"), "It failed")).toMatchObject({
      code: "credentials-refused",
      nextStep: "rotate",
      message: "It failed: no token Nothing was changed.",
    });
    const own = new TypeError("a mistake");
    expect(runOf("rotate").apiError(own, "It failed")).toBe(own);
  });
});

describe("what a run has", () => {
  test("is named where it is missing", () => {
    expect(() => runOf("rotate").current).toThrow(expect.objectContaining({ code: "no-rotation" }));
    expect(() => runOf("rotate", { phase: "requesting" }).secret).toThrow(
      expect.objectContaining({ code: "journal-mismatch", nextStep: undefined }),
    );
    expect(runOf("rotate", { phase: "issued", secret: "ours" }).secret).toBe("ours");
  });

  test("is the issuer of the rotation under way, else the one that was given, else the vendor's", () => {
    const given = { issuer: "https://given.example.com" };
    expect(runOf("rotate", { phase: "issued" }, given).issuer).toBe("https://issuer.example.com");
    expect(runOf("rotate", { phase: "done" }, given).issuer).toBe(given.issuer);
    expect(runOf("rotate", undefined, given).issuer).toBe(given.issuer);
    expect(runOf("rotate").issuer).toBe("https://dash.cloudflare.com");
  });

  test("is told of a downtime once, if there is one", () => {
    const events: RotationEvent[] = [];
    const onEvent = (event: RotationEvent) => void events.push(event);
    const run = runOf("recover", { phase: "recovering", downtimeFrom: 7 }, { onEvent });
    run.announceDowntime();
    run.announceDowntime();
    runOf("recover", { phase: "recovering" }, { onEvent }).announceDowntime();
    runOf("recover", undefined, { onEvent }).announceDowntime();
    expect(events).toEqual([{ type: "downtime", from: 7, until: undefined }]);
  });

  test("is no way to verify a client that has no secret", async () => {
    expect(await runOf("rotate").verifier({ token_endpoint_auth_method: "none" } as never)).toEqual({
      verdict: "inconclusive",
      reason: "the client has no secret: it authenticates by none",
    });
  });
});

describe("a read held against the rotation", () => {
  const baseline = "2026-08-01T12:00:00.000Z";
  const later = "2026-08-01T13:00:00.000Z";
  const reading = (updated_at: string | undefined) => ({ client: { updated_at } }) as Reading;
  const held = (shown: string | undefined, acceptChange?: string, entry: Partial<Entry> = {}) => {
    const run = runOf("finish", { phase: "verified", baseline, ...entry }, { acceptChange });
    const { since } = run.compare(reading(shown));
    const { baseline: left, changeSeen } = run.current;
    return [since, left, changeSeen];
  };

  test.each([
    [baseline, undefined, ["unchanged", baseline, undefined]],
    [later, undefined, ["changed", baseline, later]],
    [later, later, ["unchanged", later, later]],
    // What is accepted is this very change, and no other.
    [later, baseline, ["changed", baseline, later]],
    [baseline, baseline, ["unchanged", baseline, undefined]],
    [undefined, undefined, ["unknown", baseline, undefined]],
    [undefined, "none", ["unknown", baseline, undefined]],
  ])("%s, with %s accepted", (shown, acceptChange, expected) => {
    expect(held(shown, acceptChange)).toEqual(expected);
  });

  test("does not forget a change that a read without a time does not show, or that it has shown already", () => {
    expect(held(undefined, undefined, { changeSeen: later })).toEqual(["changed", baseline, later]);
    const run = runOf("finish", { phase: "verified", baseline, changeSeen: later });
    const { entry } = run;
    run.compare(reading(later));
    expect(run.entry).toBe(entry);
  });
});

test("a step that a run can do without may fail, unless another process has continued", async () => {
  expect(await succeeds(Promise.resolve())).toBe(true);
  expect(await succeeds(Promise.reject(new Error("no")))).toBe(false);
  expect(await succeeds(Promise.reject(new RotationError("journal-failed", "no", {})))).toBe(false);
  expect(await succeeds(Promise.reject(Object.assign(new Error("no"), { code: "locked" })))).toBe(false);
  await expect(succeeds(Promise.reject(new RotationError("locked", "no", {})))).rejects.toThrow("no");
});
