import { finishRotation, rotateClientSecret } from "../../../src/rotation/index.ts";
import type { Machine } from "./machine.ts";

const minute = 60_000;

/** The same with this package. To resume, it is run again. The page shows this text. */
export async function withJournal(machine: Machine): Promise<void> {
  const { cloudflare, writeFile, readFile, sleep } = machine;
  const file = { name: "file", deliver: writeFile, readBack: readFile };
  const options = { ...machine.options, sinks: [file], overlap: 60 * minute };

  const { phase, finishFrom } = await rotateClientSecret(cloudflare, machine, {
    ...options,
    ...machine.wishes,
  });
  if (phase === "done") return;

  // Within an hour the service restarts and reads the file. A minute more: clocks differ.
  while (Date.now() < Number(finishFrom) + minute) await sleep(minute);
  await finishRotation(cloudflare, machine, options);
}
