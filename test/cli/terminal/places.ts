import { Output } from "../../../src/cli/terminal/output.ts";
import { formatTable } from "../../../src/cli/terminal/table.ts";

/** Every place that prints a text, each as a line or several. */
export const places: Readonly<Record<string, (text: string) => void | Promise<void>>> = {
  result: (text) => new Output({}).result(`a: ${text}`, text),
  "a result with a mark": (text) => new Output({}).result({ mark: "bad", text }),
  progress: (text) => new Output({}).note(text),
  warning: (text) => new Output({}).warn(text),
  error: (text) => new Output({}).fail(text),
  "the next command": (text) => new Output({}).next(text),
  "the live line": (text) => new Output({}).live(text),
  JSON: (text) => new Output({ json: true }).json({ message: text }),
  "what a command prints": (text) => {
    const output = new Output({});
    for (const piece of [text, "\n", text.slice(0, 3), text.slice(3)]) output.passOn(piece);
  },
  "what a command prints, character by character": (text) => {
    const output = new Output({});
    for (const character of text) output.passOn(character);
  },
  "a table": async (text) =>
    new Output({}).result(
      ...(await formatTable(
        [
          ["A", "B"],
          [text, text],
        ],
        { spare: [] },
        40,
      )),
    ),
};
