/**
 * The regular expressions of the product take linear time, whatever text they meet: recheck finds no attack on any of them, and each
 * runs over texts of 1 MiB. The part of `npm run trial -- neighbours` that needs no other user.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import ts from "typescript";

const source = fileURLToPath(new URL("../../../src", import.meta.url));

/** Milliseconds for one pattern and one text. A linear one takes a few; a quadratic one would take an hour. */
const patience = 20_000;
const mebibyte = 2 ** 20;

interface Pattern {
  readonly source: string;
  readonly flags: string;
  readonly where: string;
}

/** What is used of recheck, which only this trial installs. */
interface Recheck {
  checkSync(
    source: string,
    flags: string,
    options: { readonly timeout: number },
  ): { readonly status: "safe" | "vulnerable" | "unknown"; readonly complexity?: { readonly summary: string } };
}

/** All patterns in the product, whether they meet foreign text or not. In one that is put together, a name stands for what is put in. */
export function patterns(): Pattern[] {
  const names = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return names.flatMap((name) => {
    const file = ts.createSourceFile(name, readFileSync(join(source, name), "utf8"), ts.ScriptTarget.Latest, true);
    const found: Pattern[] = [];
    const visit = (node: ts.Node): void => {
      const where = `${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf("/");
        found.push({ source: node.text.slice(1, end), flags: node.text.slice(end + 1), where });
      }
      if (ts.isNewExpression(node) && node.expression.getText() === "RegExp") found.push(put(node, where));
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  });
}

/** A pattern that is put together of a template. */
function put({ arguments: given }: ts.NewExpression, where: string): Pattern {
  const [template, flags] = given ?? [];
  if (!template || !(ts.isTemplateExpression(template) || ts.isNoSubstitutionTemplateLiteral(template)))
    throw new Error(`${where}: the pattern is not a template, so this trial cannot read it`);
  const text = ts.isTemplateExpression(template)
    ? template.head.text + template.templateSpans.map(({ literal }) => `NAME${literal.text}`).join("")
    : template.text;
  return { source: text, flags: flags && ts.isStringLiteral(flags) ? flags.text : "", where };
}

/** Texts of 1 MiB that make a pattern try much: runs of what it looks for, and of what all of them look for. */
function texts({ source: pattern }: Pattern): string[] {
  const plain = pattern.replace(/\\s/g, " ").replace(/\\d/g, "0").replace(/\\w/g, "a").replace(/\\(.)/g, "$1");
  const units = [
    ..." \t\n\r0a=\"'`:/.\\-#$\u0301\u2028\ud83d",
    "\n\t",
    "a ",
    "=\t",
    '"a',
    "a=",
    `${plain} `,
    ...(plain.match(/\w{2,}/g) ?? []),
  ];
  return [...new Set(units)].flatMap((unit) => {
    const long = unit.repeat(Math.ceil(mebibyte / unit.length)).slice(0, mebibyte);
    return [long, `${plain.slice(0, 20)}${long}\0`];
  });
}

/** Runs a pattern over a text in the ways in which the product does. V8 can interrupt it. */
function run({ source: pattern, flags }: Pattern, text: string): void {
  const context = createContext({ pattern, flags, text });
  runInContext("text.search(new RegExp(pattern, flags)); text.replace(new RegExp(pattern, flags), '')", context, {
    timeout: patience,
  });
}

/** @returns What is wrong with the product's patterns. */
export function faultsOfPatterns(): string[] {
  const { checkSync } = createRequire(import.meta.url)("recheck") as Recheck;
  const all = new Map(patterns().map((one) => [`/${one.source}/${one.flags}`, one]));
  const faults: string[] = [];
  let count = 0;
  for (const [name, pattern] of all) {
    const { status, complexity } = checkSync(pattern.source, pattern.flags, { timeout: 60_000 });
    if (status !== "safe") faults.push(`${pattern.where} ${name} is ${complexity?.summary ?? status}`);
    for (const text of texts(pattern)) {
      count++;
      try {
        run(pattern, text);
      } catch (error) {
        faults.push(`${pattern.where} ${name} took too long for ${JSON.stringify(text.slice(0, 30))}…: ${error}`);
        break;
      }
    }
  }
  if (all.size < 50) faults.push(`only ${all.size} patterns were found: the trial does not see them`);
  console.log(`${all.size} patterns, each shown to be linear, and run over ${count} texts of 1 MiB`);
  return faults;
}
