import { expect, test } from "vitest";
import { fileOfMessage } from "../../../scripts/error-codes.ts";
import { clientId, end, Place } from "../../support/command.ts";
import { requireTerminal, startOnTerminal } from "../../support/pseudo-terminal.ts";
import { printedMessage } from "./printed-message.ts";

const nothing = "Nothing was changed.";

test.for([
  ["y", "y\r", 0, 1, "verified"],
  ["n", "n\r", 1, 0, nothing],
  ["nothing but Enter", "\r", 1, 0, nothing],
  ["Ctrl-D", "\u0004", 1, 0, nothing],
  ["Ctrl-C", "\u0003", 130, 0, nothing],
] as const)("a person who answers %s", async ([, keys, code, posts, shown], context) => {
  requireTerminal(context);
  await using place = await Place.open({ clients: [{ client_id: clientId }] });
  const words = ["rotate", clientId, "--to", "file:secret", "--no-verify"];
  const child = startOnTerminal(place, words);
  let seen = "";
  child.stdout?.on("data", (chunk) => {
    const wasAsked = seen.includes("(y/N)");
    seen += chunk;
    if (!wasAsked && seen.includes("(y/N)")) child.stdin?.write(keys);
  });
  const ended = await end(child);
  expect(ended).toMatchObject({ code, stdout: expect.stringContaining(shown) });
  expect(place.posts).toBe(posts);
  if (keys !== "n\r") return;
  const asked = ended.stdout.slice(ended.stdout.lastIndexOf("\n", ended.stdout.indexOf("(y/N)")));
  await expect(printedMessage(place, words, asked, "")).toMatchFileSnapshot(fileOfMessage("declined"));
});
