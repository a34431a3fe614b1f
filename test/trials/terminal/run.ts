/**
 * `npm run trial -- terminal [count]`: random texts of others through every place that prints one, read by a terminal emulator. It must
 * end in the state in which it began, and answer nothing; and no line may begin with a command to a CI runner.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { places } from "../../cli/terminal/places.ts";
import { installTools, tools } from "../../support/packed-package.ts";
import { Random } from "../../support/random.ts";

const count = Number(process.argv[2] ?? 10_000);

/** What harms a terminal, a reader or a CI runner, and what is harmless beside it. */
const pieces: readonly [string, ...string[]] = [
  " ",
  ..."abc ::[]()m;0123456789?hlHJKqntPX\\",
  ..."\u0000\u0007\b\t\n\u000b\f\r\u000e\u000f\u001b\u007f",
  ..."\u0084\u0085\u008d\u0090\u0096\u0098\u009b\u009c\u009d\u009e\u009f",
  ..."\u0301\u0489\u200b\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\u00ad\ufe0f\ud800\udc00",
  ..."é漢👩🚀",
  "::error::",
  "\n::add-mask::",
  "##[group]",
  "##vso[task.x]",
  "\u001b[31m",
  "\u001b[?25l",
  "\u001b[?1049h",
  "\u001b[?2004h",
  "\u001b[6n",
  "\u001b[c",
  "\u001b]0;title\u0007",
  "\u001b]52;c;aGk=\u001b\\",
  "\u001bP$q q\u001b\\",
  "\u001b[5;10r",
  "\u001b(0",
  "\u001bc",
];

function foreignText(random: Random): string {
  const length = random.between(1, 40);
  return Array.from({ length }, () => random.pick(pieces)).join("");
}

/** What the place writes for a text, to either stream. */
async function written(place: (text: string) => void | Promise<void>, text: string): Promise<string> {
  let all = "";
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  for (const stream of streams)
    stream.write = (piece: string | Uint8Array) => {
      all += piece;
      return true;
    };
  try {
    await place(text);
  } finally {
    for (const [index, stream] of streams.entries()) Object.assign(stream, { write: writes[index] });
  }
  return all;
}

installTools(tools);
const { Terminal } = createRequire(join(tools, "package.json"))("@xterm/headless");
const terminal = new Terminal({ cols: 80, rows: 24, allowProposedApi: true, convertEol: true });
const events: string[] = [];
terminal.onData((data: string) => events.push(`it answered ${JSON.stringify(data)}`));
terminal.onBell(() => events.push("it rang"));
terminal.onTitleChange((title: string) => events.push(`its title became ${JSON.stringify(title)}`));

/** What a later text would be shown with. */
async function state(): Promise<string> {
  await new Promise<void>((resolve) => terminal.write("\r\nx", resolve));
  const { buffer, modes } = terminal;
  const cell = buffer.active.getLine(buffer.active.baseY + buffer.active.cursorY)?.getCell(0);
  const look = [cell?.getChars(), cell?.isFgDefault(), cell?.isBgDefault(), cell?.isAttributeDefault()];
  return JSON.stringify({ type: buffer.active.type, column: buffer.active.cursorX, modes, look });
}

const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const random = new Random(String(seed));
const names = Object.keys(places);
const before = await state();
const faults: string[] = [];
for (let index = 0; index < count && faults.length < 10; index++) {
  const name = names[index % names.length] ?? "";
  const text = foreignText(random);
  const shown = await written(places[name] ?? (() => {}), text);
  await new Promise<void>((resolve) => terminal.write(shown, resolve));
  const after = await state();
  if (after !== before) events.push(`its state is ${after} instead of ${before}`);
  if (/^\s*::|##(?:\[|vso\[)/m.test(shown)) events.push("it shows a command to a CI runner");
  for (const event of events.splice(0)) faults.push(`${name}, ${JSON.stringify(text)}: ${event}`);
  if (after !== before) terminal.reset();
}
for (const fault of faults) console.error(fault);
console.log(`${count} texts through ${names.length} places (seed ${seed}): ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
