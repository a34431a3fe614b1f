import { Slugger } from "typedoc";
import { errorClasses } from "../../src/client/errors.ts";
import type { NextStep } from "../../src/rotation/index.ts";
import { type ErrorCode, errorCodes } from "../error-codes.ts";
import { fenced, table } from "./markdown.ts";
import type { Page } from "./pages.ts";

/** A page for each error code, and one that lists them. */
export function errorPages(): Page {
  const codes = errorCodes();
  const classes = Object.keys(errorClasses).map(
    (name) => `[\`${name}\`](site:classes/cloudflare-oauth-clients.${name}.html)`,
  );
  return {
    path: "errors",
    title: "Error codes",
    text: [
      "# Error codes",
      "When a rotation or a command stops, it has a code. The code is stable. A message says what happened, what is true now and what to do, and so does the page of each code.",
      "`cf-oauth` prints the code with `--json`, and ends with the exit code. A `RotationError` has the code in `code`.",
      table(
        ["code", "exit code", "what happened"],
        codes.map(({ code, exitCode, happened }) => [
          `[\`${code}\`](site:errors/${code}.html)`,
          String(exitCode),
          happened,
        ]),
      ),
      "## Errors of the client",
      `A request that fails throws an error of one of these classes. Its \`outcome\` says whether the server may have applied the request: [what to do when a call fails](site:guides/client.html#what-to-do-when-a-call-fails).`,
      classes.join(", "),
    ].join("\n\n"),
    pages: codes.map((code) => ({ path: `errors/${code.code}`, title: code.code, text: describe(code) })),
  };
}

/** The function that takes each step; the command has the step's own name. */
const functions: Readonly<Record<NextStep, string>> = {
  create: "createOAuthClient",
  rotate: "rotateClientSecret",
  resume: "resumeRotation",
  finish: "finishRotation",
  adopt: "adoptRotation",
};

/** How a next step is taken, by a person and by a program. */
const steps = table(
  ["next step", "command", "function"],
  Object.entries(functions).map(([step, name]) => [
    `\`${step}\``,
    `[\`cf-oauth ${step}\`](site:commands/${step}.html)`,
    `[\`${name}\`](site:functions/cloudflare-oauth-clients_rotation.${name}.html)`,
  ]),
);

/** The section of the guide to the command that has commands to paste. Not every code has one. */
const recipes: Readonly<Record<string, string>> = {
  "age-not-known": "Rotate many clients with a plan",
  "check-failed": "A sink failed, or I mistyped it",
  "client-changed": '"Another person or process has changed the client"',
  "client-exists": "Create a client and store its first secret",
  "delivery-failed": "A sink failed, or I mistyped it",
  interrupted: "My rotation was killed",
  "overlap-not-over": "A secret leaked: end the overlap now",
  "rotation-in-progress": "My journal is gone",
  stuck: "A client of the plan keeps failing",
  "waiting-after-failure": "A client of the plan keeps failing",
  "secret-missing": "The response was lost, and nobody has the new secret",
  "verification-inconclusive": "Cloudflare cannot be reached from here",
};

function recipeFor(code: string): string[] {
  const title = recipes[code];
  if (title === undefined) return [];
  return [`The commands: [${title}](site:guides/cli.html#${new Slugger({ lowercase: true }).slug(title)}).`];
}

function describe({ code, exitCode, isOfRotation, happened, now, todo, printed }: ErrorCode): string {
  const parts = [
    ...["## What happened", happened, "## What is true now", now, "## What to do", todo, ...recipeFor(code)],
    ...["## What it looks like", fenced("console", printed)],
  ];
  const exit = `The [exit code](site:guides/cli.html#exit-codes) of \`cf-oauth\` is ${exitCode}.`;
  const where = isOfRotation
    ? [
        "If there is a next step, `cf-oauth` prints it as a command line, and a [`RotationError`](site:classes/cloudflare-oauth-clients_rotation.RotationError.html) names it in `nextStep`. Its options are in the journal.",
        steps,
        "## Where you see this code",
        `\`cf-oauth --json\` prints it in \`code\`, and a \`RotationError\` has it in \`code\`. ${exit}`,
      ]
    : ["## Where you see this code", `Only the command has it: \`cf-oauth --json\` prints it in \`code\`. ${exit}`];
  return [`# ${code}`, ...parts, ...where].join("\n\n");
}
