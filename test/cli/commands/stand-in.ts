// Stands in for a program that keeps secrets, such as aws: takes one as the real one would, notes how it came, and gives
// it back. Runs as a process of its own: node stand-in.ts <program> <arguments of the program>.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How a stand-in was called. */
export interface Call {
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The arguments and environments of all processes above, where the system tells them. */
  readonly above: string;
  /** In base64. */
  readonly stdin: string;
}

const [program = "", ...argv] = process.argv.slice(2);
const { STAND_IN_FOLDER: folder = "", STAND_IN_FAILS: fails, STAND_IN_SHOWS: shows, STAND_IN_LINE_END } = process.env;
const kept = join(folder, "kept");

function above(): string {
  const found: Buffer[] = [];
  for (let pid = process.ppid; pid > 1 && existsSync(`/proc/${pid}/stat`); ) {
    found.push(readFileSync(`/proc/${pid}/cmdline`), readFileSync(`/proc/${pid}/environ`));
    pid = Number(/.*\) \S+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1]);
  }
  return Buffer.concat(found).toString();
}

/** What the real program prints once it has stored a secret, if it is not told to be silent. */
function afterwards(stored: Buffer): string {
  const isSilent = program === "az" ? argv.join(" ").includes("-o none") : argv.includes("--silent");
  return (program === "az" || program === "doppler") && !isSilent ? `{"value": "${stored}"}\n` : "";
}

const stdin = readFileSync(argv.some((word) => word.includes("/dev/stdin")) ? "/dev/stdin" : 0);
const call: Call = { program, argv, env: process.env, above: above(), stdin: stdin.toString("base64") };
appendFileSync(join(folder, "calls"), `${JSON.stringify(call)}\n`);

if (fails !== undefined && `${program} ${argv.join(" ")}`.startsWith(fails)) {
  process.stderr.write(`${program}: cannot store ${stdin.subarray(0, 20)}`);
  process.stderr.write(`${stdin.subarray(20)} (${stdin.toString("base64")})\n`);
  process.exitCode = 1;
} else if (program === "curl") {
  const digest = existsSync(kept) ? createHash("sha256").update(readFileSync(kept)).digest("hex") : "none";
  process.stdout.write(`${digest}\n`);
} else if (program === "kubectl" && argv[0] === "create") {
  process.stdout.write(`apiVersion: v1\ndata:\n  KEY: ${call.stdin}\nkind: Secret\nmetadata:\n  name: ${argv[3]}\n`);
} else if (program === "kubectl" && argv[0] === "apply") {
  const manifest = /^ {2}KEY: (.*)$/m.exec(stdin.toString());
  if (manifest) writeFileSync(kept, Buffer.from(manifest[1] ?? "", "base64"));
} else if (stdin.length > 0) {
  writeFileSync(kept, stdin);
  process.stdout.write(afterwards(stdin));
} else {
  // kubectl's template, gcloud and vault print what is kept and no more, the others a line.
  const lineEnd = STAND_IN_LINE_END ?? (["kubectl", "gcloud", "vault"].includes(program) ? "" : "\n");
  process.stdout.write(`${shows ?? readFileSync(kept)}${lineEnd}`);
}
