import { mkdirSync, writeFileSync } from "node:fs";
import { clientId, faster, Place, program } from "../../support/command.ts";
import { countsOf, exposures, followed, trace, unflushed } from "./system-calls.ts";

/** A whole rotation of the built command: one that a sink's failure interrupts, resumed, and finished. */
const commands: readonly { readonly words: readonly string[]; readonly code: number }[] = [
  {
    words: [
      ...["rotate", clientId, "--to", "app=dotenv:app.env#SECRET", "--to", "mounted=file:mounted"],
      ...["--to", "store=exec:test -e allowed && cat > stored", "--read-back", "store=cat stored"],
    ],
    code: 6,
  },
  { words: ["resume", clientId], code: 0 },
  { words: ["finish", clientId], code: 0 },
];

/** @returns What the system calls of a rotation show that should not be. */
export async function faultsOfCalls(): Promise<string[]> {
  await using place = await Place.open();
  writeFileSync(place.path("app.env"), "A=1\n", { mode: 0o600 });
  const faults: string[] = [];
  const seen = { names: 0, programs: 0, steps: 0 };
  for (const [index, { words, code }] of commands.entries()) {
    if (index === 1) writeFileSync(place.path("allowed"), "");
    const folder = place.path(`calls-${index}`);
    mkdirSync(folder);
    const env = { ...place.environment, ...faster };
    const { calls, ...ended } = await trace(folder, [process.execPath, program, ...words], { cwd: place.folder, env });
    if (ended.code !== code) faults.push(`${words[0]} ended with ${ended.code}: ${ended.stderr}`);
    const secrets = place.sandbox.secretsOf(clientId);
    const forms = secrets.flatMap((secret) => [
      secret,
      ...(["base64", "hex"] as const).map((form) => Buffer.from(secret).toString(form)),
    ]);
    const isKept = (path: string) => path.startsWith(place.stateDirectory) || /(app\.env|mounted)$/.test(path);
    faults.push(...followed(calls, place.stateDirectory), ...unflushed(calls, isKept), ...exposures(calls, forms));
    for (const [name, count] of Object.entries(countsOf(calls))) seen[name as keyof typeof seen] += count;
  }
  if (place.posts !== 1 || place.deletes !== 1)
    faults.push(`${place.posts} POSTs and ${place.deletes} DELETEs were sent`);
  console.log(
    `a rotation, interrupted, resumed and finished: ${seen.names} names given after a flush and flushed, ${seen.programs} programs started without the secret, ${seen.steps} changes sent`,
  );
  return faults;
}
