import { meaningOf, type ShownEntry } from "./journal.ts";
import type { Moment } from "./process.ts";
import type { Side } from "./side.ts";
import type { World } from "./world.ts";

/** Which part of the plain script a moment belongs to, by a word of that line. */
const lines: Readonly<Partial<Record<Moment, string>>> = {
  announced: "rotateSecret",
  requested: "rotateSecret",
  storing: "writeFile(",
  waiting: "sleep(minute)",
  restarted: "sleep(minute)",
  deleting: "deleteRotatedSecret",
  deleted: "deleteRotatedSecret",
};

/** As many as there are letters that anybody will see; then again from the first. */
const hues = ["#0b57d0", "#116329", "#9a3412", "#7c3aed", "#0e7490", "#a21caf"];

export function find<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return found;
}

/** Shows what is true of a side now. */
export function show(side: Side, panel: HTMLElement): void {
  const { world, process, journal, remedy } = side;
  const working = world.working();
  const [mood, verdict] = judge(side);
  find(".verdict", panel).dataset.mood = mood;
  write(find(".verdict", panel), verdict);
  find(".used", panel).replaceChildren(secretOf(side, world.used), world.isUp ? " ✓" : " ✗", wordOf(world.isUp));
  find(".file", panel).replaceChildren(secretOf(side, world.file));
  write(find(".downtime", panel), lockOutOf(world));
  write(find(".clock", panel), clockOf(world));
  write(find(".count", panel), working.length === 1 ? "1 secret works" : `${working.length} secrets work`);
  find(".working", panel).replaceChildren(
    list(working.map((secret) => [secretOf(side, secret), ` ${whereIs(side, secret)}`])),
  );
  write(find(".news", panel), side.news);
  write(find(".text", panel), textOf(side));
  const button = find<HTMLButtonElement>(".remedy", panel);
  button.hidden = !remedy;
  write(button, remedy?.label ?? "");
  if (journal) showEntries(side, journal.entries, find(".entries", panel));
  else showLine(process?.at?.moment, panel);
}

/** What a side has come to, for a visitor who reads only this. */
function judge(side: Side): [mood: "good" | "warn" | "bad", verdict: string] {
  const { world, lost, process } = side;
  const names = lost.map((secret) => world.nameOf(secret)).join(" and ");
  const loss = lost.length > 0 ? ` Nobody has ${names}.` : "";
  if (!world.isUp) return ["bad", `✗ The service is locked out: ${world.nameOf(world.used)} is deleted.${loss}`];
  if (lost.length > 0) return ["warn", `! The service works.${loss}`];
  return ["good", process?.end?.code === "done" ? "✓ The service works, with a new secret." : "✓ The service works."];
}

/** What a side does, or why it has stopped. */
export function textOf({ process, journal, isBroken }: Side): string {
  if (!process) return "Not started yet.";
  if (process.isKilled)
    return journal
      ? "Its memory is gone. The journal is still there."
      : "Its memory is gone. It can only start from its first line.";
  if (process.at) return process.at.text;
  const { code = "", message = "" } = process.end ?? {};
  if (code !== "done") return `It has stopped: ${message}`;
  return isBroken ? `${message} To rotate again, press Resume.` : message;
}

/** What the mark before it means, where there is room for it. */
function wordOf(isUp: boolean): HTMLElement {
  const element = document.createElement("span");
  element.className = "word";
  element.textContent = isUp ? " works" : " refused";
  return element;
}

function whereIs(side: Side, secret: string): string {
  if (side.lost.includes(secret)) return "nobody has it";
  return side.holdersOf(secret).join(", ") || "old";
}

/** For how long the service was locked out, or since when it is. */
function lockOutOf({ isUp, now, downtime, downSince = now }: World): string {
  if (!isUp) return `since ${timeOf(downSince)}`;
  const seconds = downtime / 1000;
  return seconds < 60 ? `${Math.round(seconds * 10) / 10} s` : `${Math.round(seconds / 60)} min`;
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(11, 19);
}

function clockOf({ now, ahead }: World): string {
  return ahead > 0 ? `${timeOf(now)}, the program's a day ahead` : timeOf(now);
}

function secretOf({ world }: Side, secret: string): HTMLElement {
  const name = world.nameOf(secret);
  const element = document.createElement("span");
  element.className = world.working().includes(secret) ? "secret" : "secret dead";
  element.textContent = name;
  element.style.setProperty("--hue", hues[(name.charCodeAt(0) - 65) % hues.length] ?? "");
  return element;
}

function showEntries(side: Side, entries: readonly ShownEntry[], element: Element): void {
  const rows = entries.map((entry) => {
    const code = document.createElement("code");
    code.textContent = entry.phase;
    const meaning = document.createElement("span");
    const secret = entry.secret === undefined ? [] : [secretOf(side, entry.secret), " "];
    meaning.append(...secret, meaningOf(entry, "").trim());
    return [String(entry.sequence), code, meaning];
  });
  element.replaceChildren(...list(rows).children);
  const [first] = entries;
  if (!first) element.append("Empty.");
  else if (first.sequence > 1) element.append("The entries before it held the secret, and are erased.");
}

function list(rows: readonly (readonly (string | Node)[])[]): HTMLUListElement {
  const element = document.createElement("ul");
  for (const row of rows) {
    const item = document.createElement("li");
    item.append(...row);
    element.append(item);
  }
  return element;
}

function showLine(moment: Moment | undefined, panel: HTMLElement): void {
  const word = moment && lines[moment];
  for (const line of panel.querySelectorAll(".line"))
    line.classList.toggle("current", word !== undefined && line.textContent.includes(word));
}

function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
