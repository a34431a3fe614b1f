/** Runs in the page "Kill it yourself": presses its buttons, and asks the simulated accounts what has become of the services. */
import type { Sandbox } from "../../../src/sandbox/index.ts";
import type { Explored } from "./kill-it-yourself.ts";

/** An account, and what its service has read from its file. */
interface World {
  readonly sandbox: Sandbox;
  readonly target: { readonly clientId: string };
  readonly used: string;
  readonly file: string;
}

const ways = ["kill", "lose", "other", "restore", "jump"] as const;
/** More than any history needs. */
const most = 150;

/** What the page shows to the console. */
interface Shown {
  readonly worlds: readonly [journal: World, plain: World];
  /** Resolves when nothing happens any more. */
  settled(): Promise<void>;
}

const page = globalThis as typeof globalThis & Shown;

/** Presses a button, and waits until the page has done what it asks. @returns Whether it can be pressed. */
async function press(selector: string): Promise<boolean> {
  const button = document.querySelector<HTMLButtonElement>(selector);
  if (!button || button.ariaDisabled === "true" || button.hidden) return false;
  button.click();
  await page.settled();
  return true;
}

const act = (name: string) => press(`[data-act="${name}"]`);
const remedy = (side: string) => press(`[data-side="${side}"] .remedy`);

/** Starts over, and takes so many steps. @returns Whether there are so many. */
async function takeSteps(steps: number): Promise<boolean> {
  if (document.querySelector('[data-act="start"]')?.textContent === "Start over") await act("start");
  for (let step = 0; step < steps; step++) if (!(await act("step"))) return false;
  return true;
}

/**
 * Follows what the page suggests for the rotation, until nothing is left.
 *
 * @returns What a step did that locked out a working service, although nobody had accepted that.
 */
async function follow(): Promise<string[]> {
  const faults: string[] = [];
  let [resumes, isAccepted] = [4, false];
  for (let presses = 0; presses < most; presses++) {
    const wasUp = isUp();
    if (await act("step")) {
      if (wasUp && !isUp() && !isAccepted) faults.push("a step locks the service out");
      continue;
    }
    const label = document.querySelector('[data-side="with-journal"] .remedy')?.textContent ?? "";
    if (await remedy("with-journal")) isAccepted ||= label.includes("accept downtime");
    else if (resumes-- === 0 || !(await act("resume"))) return faults;
  }
  return [...faults, "it comes to no end"];
}

/** Whether the secret that the rotation's service uses is one of the account's. */
function isUp(): boolean {
  const { sandbox, target, used } = page.worlds[0];
  return sandbox.accepts(target.clientId, used);
}

/** Whether the issuer accepts the secret that the service uses. */
async function works({ sandbox, target, used }: World): Promise<boolean> {
  const response = await sandbox.fetch(`${sandbox.issuer}/oauth2/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${target.clientId}:${encodeURIComponent(used)}`)}` },
    body: new URLSearchParams({ grant_type: "authorization_code", code: "made-up" }),
  });
  const { error } = await response.json();
  return error === "invalid_grant";
}

/** How many secrets work that neither the service nor its file has. */
function unheld({ sandbox, target, used, file }: World): number {
  return sandbox.secretsOf(target.clientId).filter((secret) => secret !== used && secret !== file).length;
}

/** Breaks it in one way after so many steps. @returns What is wrong then; undefined if it cannot be broken so. */
async function breakOnce(way: string, steps: number): Promise<string[] | undefined> {
  await takeSteps(steps);
  if (!(await act(way))) return undefined;
  const faults = await follow();
  if (!(await works(page.worlds[0]))) faults.push("the service is locked out at the end");
  return faults.map((fault) => `${way} after step ${steps}: ${fault}`);
}

/** Breaks both at the worst moment for the script, and lets a person do what its error asks for. */
async function loseSecret(way: string, moment: string): Promise<string[]> {
  for (let steps = 1; await takeSteps(steps); steps++) if (textOfScript().includes(moment)) break;
  await act(way);
  await act("resume");
  while (await act("step"));
  const script = page.worlds[1];
  const isLost = unheld(script) === 1 && (await works(script));
  await remedy("plain-script");
  const isLockedOut = !(await works(script));
  const isSafe = await works(page.worlds[0]);
  return isLost && isLockedOut && isSafe ? [] : [`${way}: the script does not lose its secret, or the rotation does`];
}

function textOfScript(): string {
  return document.querySelector('[data-side="plain-script"] .text')?.textContent ?? "";
}

async function explore(): Promise<string> {
  const faults: string[] = [];
  let histories = 0;
  // Nobody looks: to draw it each time would take longer than all the rest.
  document.body.hidden = true;
  for (let steps = 1; await takeSteps(steps); steps++)
    for (const way of ways) {
      const found = await breakOnce(way, steps);
      if (!found) continue;
      histories++;
      faults.push(...found);
    }
  faults.push(...(await loseSecret("lose", "is under way")), ...(await loseSecret("kill", "in its memory")));
  const explored: Explored = { histories, faults };
  return JSON.stringify(explored);
}

Object.assign(globalThis, { explore });
