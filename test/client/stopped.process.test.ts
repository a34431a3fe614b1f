import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { envelope, oauthClient } from "./examples.ts";
import { ScriptedServer, stallHead } from "./scripted-server.ts";

vi.setConfig({ testTimeout: 60_000 });

const child = fileURLToPath(new URL("stopped-child.ts", import.meta.url));
/** Milliseconds. */
const timeout = 1500;

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Starts a process that waits for a response, or for a command. */
function start(what: string): Child {
  return spawn(process.execPath, [child, what, `${timeout}`], { stdio: ["ignore", "pipe", "pipe"] });
}

/** Stops a process until its time-out is over; something happens meanwhile. */
async function stop(child: Child, meanwhile: () => void): Promise<void> {
  child.kill("SIGSTOP");
  // It must be stopped before that happens.
  await delay(50);
  meanwhile();
  await delay(timeout + 500);
  child.kill("SIGCONT");
}

describe("a process that is stopped for longer than its time-out", () => {
  beforeEach((context) => {
    if (process.platform === "win32") context.skip("Windows has no signal that stops a process");
  });

  /** What a process prints that is stopped while it waits for a response, which arrives meanwhile or never. */
  async function printedAfter(body: string | undefined): Promise<string> {
    let waiting: Child | undefined;
    await using server = await ScriptedServer.start(
      {
        onRequest: async (response) => {
          if (!waiting) throw new Error("Nobody has been started who could send a request.");
          await stop(waiting, () => {
            if (body !== undefined) response.writeHead(200, { "Content-Type": "application/json" }).end(body);
          });
        },
      },
      stallHead(),
    );
    waiting = start(server.url);
    return await text(waiting.stdout);
  }

  test("uses a response that has arrived meanwhile", async () => {
    const length = oauthClient.client_secret.length;
    expect(await printedAfter(envelope(oauthClient))).toBe(`used ${length}`);
  });

  test("uses it even if it takes many looks into the socket", async () => {
    const secret = "s".repeat(900_000);
    expect(await printedAfter(envelope({ ...oauthClient, client_secret: secret }))).toBe(`used ${secret.length}`);
  });

  test("gives up when it continues if nothing has arrived", async () => {
    expect(await printedAfter(undefined)).toContain(
      `APIConnectionTimeoutError: No complete response within ${timeout} ms.`,
    );
  });

  test("sees that its command has ended meanwhile", async () => {
    const running = start("echo begun >&2; sleep 0.3; exit 3");
    const printed = text(running.stdout);
    await once(running.stderr, "data");
    // The command is a process group of its own, which is not stopped.
    await stop(running, () => undefined);
    expect(await printed).toBe("ended 3");
  });
});
