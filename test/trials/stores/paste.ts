/** What users paste: that a shell hands it on as it was meant, and that the command rotates by it. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { type Recipe, readBackOption, toOption } from "../../../src/cli/commands/recipes.ts";
import { clientId, Place, program } from "../../support/command.ts";
import { settings } from "./recipe.ts";
import type { Setup } from "./setups.ts";

/** The shells, as somebody types into them. */
const shells = [
  ["bash", "--norc", "-i"],
  ["zsh", "-f", "-i"],
] as const;

/** Recipes whose options do not reach a program as they are. */
export function pastedFaults(recipes: readonly Recipe[]): string[] {
  const show = `${process.execPath} -p 'JSON.stringify(process.argv.slice(1))' --`;
  return shells.flatMap(([shell, ...words]) =>
    recipes.flatMap((recipe) => {
      const { sink, deliver, readBack } = recipe;
      const input = `${show} ${[toOption(recipe), readBackOption(recipe) ?? ""].join(" ")}\nexit\n`;
      const output = execFileSync(shell, words, { input, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });
      const expected = [
        "--to",
        `${sink}=exec:${deliver}`,
        ...(readBack === undefined ? [] : ["--read-back", `${sink}=${readBack}`]),
      ];
      return output.includes(JSON.stringify(expected)) ? [] : [`${sink}: pasted into ${shell} it becomes ${output}`];
    }),
  );
}

/** Rotates on the sandbox by the built command, by a line as it is pasted. @returns what is wrong. */
export async function rotateAsPasted(recipe: Recipe, setup: Setup, folder: string): Promise<string[]> {
  await using place = await Place.open();
  const { readBack } = recipe;
  const proof = readBack === undefined ? "--no-check" : readBackOption(recipe);
  const line = `'${process.execPath}' '${program}' rotate ${clientId} ${toOption(recipe)} ${proof} --no-verify --finish --yes --json`;
  // The clock stays as it is, since the recipe's program would run by another one, too.
  const { HOME, PATH, ...ours } = place.environment;
  const exported = settings({ ...setup.environment, ...ours }, folder);
  const child = spawn("bash", ["--norc", "-c", exported + line], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, "exit");
  const [secret] = place.sandbox.secretsOf(clientId);
  const output = (await stdout) + (await stderr);
  if (code !== 0) return [`the command ended with ${code}: ${output.slice(-600)}`];
  if (setup.stored()?.toString() !== secret) return [`the command stored something else: ${setup.stored()}`];
  return output.includes(secret ?? "") ? ["the command's output has the secret"] : [];
}
