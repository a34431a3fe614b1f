import type { Sink } from "../../rotation/index.ts";
import { distance } from "../distance.ts";
import { requireReader } from "../dotenv/dotenv-readers.ts";
import { requireProgram } from "../shell/require-program.ts";
import { dotenvSink } from "./dotenv-sink.ts";
import { commandReadBack, execSink, type ShellOptions } from "./exec-sink.ts";
import { fileSink } from "./file-sink.ts";
import { stdoutSink } from "./stdout-sink.ts";

/** Options of {@link parseSink}. */
export interface ParseSinkOptions extends ShellOptions {
  /** A command that prints the stored secret. It replaces the sink's own way to read it back. */
  readonly readBack?: string | undefined;
  /** Whether files are written in place; see `fileSink`. */
  readonly inPlace?: boolean | undefined;
  /** The program that reads a dotenv file; see `dotenvSink`. */
  readonly readBy?: string | undefined;
}

const forms = {
  exec: "[name=]exec:<command>",
  file: "[name=]file:<path>",
  dotenv: "[name=]dotenv:<path>#<KEY>",
  stdout: "[name=]stdout",
};

/**
 * Creates a sink from a text: `[name=]exec:<command>`, `[name=]file:<path>`, `[name=]dotenv:<path>#<KEY>` or `[name=]stdout`.
 *
 * The default name is `exec:` and the first word of the command, or the sink's `spec`. That `spec` has absolute paths, so it
 * creates the same sink from any folder.
 *
 * @param spec the text that the user wrote.
 * @param options how commands run and files are written, and a read-back command.
 * @returns The sink.
 * @throws {Error} if the text has none of these forms. The message lists them, and suggests the most similar one.
 */
export function parseSink(spec: string, options: ParseSinkOptions = {}): Sink {
  const { readBack } = options;
  const [, name, form = ""] = /^(?:([A-Za-z0-9][A-Za-z0-9._-]*)=)?(.*)$/s.exec(spec) ?? [];
  const sink = make(spec, form, options);
  return {
    ...sink,
    ...(name !== undefined && { name, spec: `${name}=${sink.spec}` }),
    ...(readBack !== undefined && {
      readBack: commandReadBack(readBack, options),
      preflight: async (context) => {
        const note = await sink.preflight?.(context);
        await requireProgram(readBack, context);
        return note;
      },
    }),
  };
}

function make(spec: string, form: string, { timeout, onOutput, inPlace, readBy }: ParseSinkOptions): Sink {
  if (readBy !== undefined && !form.startsWith("dotenv:"))
    throw new Error(
      `a reader was given for ${JSON.stringify(spec)}, but only a dotenv file has readers. Remove the reader`,
    );
  if (form === "stdout") return stdoutSink();
  const [, scheme, rest = ""] = /^([^:]*):(.*)$/s.exec(form) ?? [];
  if (scheme === "exec") {
    const [, firstWord] = /^\s*(\S+)/.exec(rest) ?? [];
    if (firstWord === undefined) throw new Error(`${JSON.stringify(spec)} has no command. Write ${forms.exec}`);
    return execSink({ name: `exec:${firstWord}`, command: rest, timeout, onOutput });
  }
  if (scheme === "file") return fileSink({ path: pathOf(spec, rest, forms.file), inPlace });
  if (scheme === "dotenv") {
    // A path may contain a `#`, but a key may not.
    const divider = rest.lastIndexOf("#");
    const path = pathOf(spec, divider === -1 ? rest : rest.slice(0, divider), forms.dotenv);
    if (divider === -1 || divider === rest.length - 1)
      throw new Error(`${JSON.stringify(spec)} has no variable. Write ${forms.dotenv}`);
    return dotenvSink({
      path,
      key: rest.slice(divider + 1),
      inPlace,
      readBy: readBy === undefined ? undefined : requireReader(readBy),
    });
  }
  throw unknown(spec, form);
}

function pathOf(spec: string, path: string, form: string): string {
  if (path.trim() === "") throw new Error(`${JSON.stringify(spec)} has no path. Write ${form}`);
  if (path.startsWith("~"))
    throw new Error(
      `the path in ${JSON.stringify(spec)} starts with ~, which your shell did not replace. Write "$HOME" instead, or ./~ for a file of that name`,
    );
  return path;
}

function unknown(spec: string, form: string): Error {
  return new Error(
    `Unknown sink ${JSON.stringify(spec)}.${hint(spec, form)} Use one of ${Object.values(forms).join(", ")}.`,
  );
}

function hint(spec: string, form: string): string {
  const [, name] = /^(.*?)=(?=(?:exec|file|dotenv):|stdout$)/s.exec(spec) ?? [];
  if (name !== undefined)
    return ` The name ${JSON.stringify(name)} is not valid: use letters, digits, ".", "_" and "-", and start with a letter or digit.`;
  const [written = "", rest = ""] = form.split(/:(.*)/s);
  const [nearest] = Object.entries(forms)
    .map(([scheme, full]) => ({ scheme, full, distance: distance(written.trim().toLowerCase(), scheme) }))
    .filter(({ scheme, distance }) => distance <= scheme.length / 2)
    .sort((a, b) => a.distance - b.distance);
  if (!nearest) return "";
  const meant =
    rest !== "" && nearest.scheme !== "stdout"
      ? `${nearest.scheme}:${rest}`
      : nearest.full.slice(forms.stdout.indexOf("stdout"));
  return ` Did you mean ${spec.slice(0, spec.length - form.length)}${meant}?`;
}
