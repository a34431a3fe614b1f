import { spawn } from "node:child_process";
import { once } from "node:events";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { stdoutSink } from "../../../src/node/index.ts";

const child = fileURLToPath(new URL("sink-child.ts", import.meta.url));
const context = { signal: new AbortController().signal };

function startChild() {
  const task = JSON.stringify({ spec: "stdout", secret: "s3cret", waitForStdin: true });
  return spawn(process.execPath, [child, task], { stdio: ["pipe", "pipe", "pipe"] });
}

test("stdout gets the secret and one line end, nothing else", async () => {
  const started = startChild();
  started.stdin.end();
  const [out, report] = await Promise.all([text(started.stdout), text(started.stderr)]);
  expect(out).toBe("s3cret\n");
  expect(JSON.parse(report)).toEqual({});
});

test("a stdout that nobody reads any more is a failed delivery, with no uncaught error", async () => {
  const started = startChild();
  started.stdout.destroy();
  await once(started.stdout, "close");
  started.stdin.end();
  const [report, [code]] = await Promise.all([text(started.stderr), once(started, "exit")]);
  expect(JSON.parse(report)).toMatchObject({ code: "EPIPE" });
  expect(code).toBe(0);
});

test("resolves when what it wrote has been taken", async () => {
  let take: (() => void) | undefined;
  const stream = new Writable({
    write: (_chunk, _encoding, done) => {
      take = () => done();
    },
  });
  let resolved = false;
  const delivering = stdoutSink(stream)
    .deliver("s3cret", context)
    .then(() => {
      resolved = true;
    });
  await new Promise(setImmediate);
  expect(resolved).toBe(false);
  take?.();
  await delivering;
  expect(stream.listenerCount("error")).toBe(0);
});

test("fails as the stream does, and leaves no error of it uncaught", async () => {
  const error = new Error("EPIPE");
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(error) });
  await expect(stdoutSink(stream).deliver("s3cret", context)).rejects.toBe(error);
  await new Promise(setImmediate);
  expect(stream.listenerCount("error")).toBe(1);
});

test("is not written after an abort", async () => {
  const write = vi.fn();
  const aborted = { signal: AbortSignal.abort(new Error("enough")) };
  await expect(stdoutSink(new Writable({ write })).deliver("s3cret", aborted)).rejects.toThrow("enough");
  expect(write).not.toHaveBeenCalled();
});

test("is abandoned by the signal of the rotation where nobody takes what it wrote", async () => {
  const controller = new AbortController();
  const delivering = stdoutSink(new Writable({ write: () => {} })).deliver("s3cret", controller);
  controller.abort(new Error("enough"));
  await expect(delivering).rejects.toThrow("enough");
});

test("cannot be read back, and is named after what it is", () => {
  const sink = stdoutSink();
  expect(sink).toMatchObject({ name: "stdout", spec: "stdout" });
  expect(sink).not.toHaveProperty("readBack");
});
