import { type Moment, moments } from "./process.ts";
import { Side } from "./side.ts";
import { find, show, textOf } from "./view.ts";

/** Milliseconds of the visitor's time from one step to the next. */
const [pace, quickPace] = [600, 120];

let [left, right] = newSides();
/** Where to stand still, while it plays. */
let until: Moment | "end" | undefined;
/** What happens now: one thing after the other. */
let doing = Promise.resolve();

function newSides(): [Side, Side] {
  const sides: [Side, Side] = [new Side("with-journal"), new Side("plain-script")];
  // For the console, and for the trial: the accounts themselves.
  Object.assign(globalThis, { worlds: sides.map(({ world }) => world), settled: () => doing });
  return sides;
}

function both(): readonly Side[] {
  return [left, right];
}

function hasStarted(): boolean {
  return left.process !== undefined;
}

async function step(): Promise<void> {
  const isFirst = !hasStarted();
  const steps = both().filter((side) => isFirst || side.mayStep(side === left ? right : left));
  for (const side of both()) side.news = "";
  await Promise.all(steps.map((side) => (isFirst ? side.start() : side.step())));
}

/** What a visitor breaks: what it is called, which side it befalls, and what it does. */
const breaks: Readonly<Record<string, [news: string, befalls: (side: Side) => boolean, act: (side: Side) => unknown]>> =
  {
    kill: ["You killed it.", (side) => side.isRunning, (side) => side.kill()],
    lose: ["You lost the response.", (side) => side.canLose, (side) => side.step(true)],
    other: ["Another person has rotated the client.", hasStarted, ({ world }) => world.rotateAsSomebodyElse()],
    restore: ["The old file is back, and the service has restarted.", hasStarted, ({ world }) => world.restoreFile()],
    jump: ["This machine's clock has jumped a day ahead.", hasStarted, ({ world }) => world.jumpClock()],
  };

async function perform(act: string, isPlaying: boolean): Promise<void> {
  const broken = breaks[act];
  if (broken) {
    const [news, befalls, run] = broken;
    for (const side of both()) {
      if (!befalls(side)) continue;
      side.news = news;
      await run(side);
    }
  } else if (act === "step") await step();
  else if (act === "resume") {
    for (const side of both()) {
      if (!side.canResume) continue;
      side.news = "You resumed it.";
      await side.resume();
    }
    until = "end";
  } else if (act === "play") until = isPlaying ? undefined : "end";
  else if (hasStarted()) [left, right] = newSides();
  else await goTo("requested");
}

/** Starts over, and plays to a moment. */
async function goTo(moment: Moment): Promise<void> {
  [left, right] = newSides();
  until = moment;
  await step();
}

/** Whether both have come to the moment to which it plays, or cannot continue. */
function isThere(): boolean {
  if (!both().some(({ isRunning }) => isRunning)) return true;
  if (until === undefined || until === "end") return false;
  return moments.indexOf(left.process?.moment ?? "start") >= moments.indexOf(until);
}

/** Does one thing after the other, and shows what is true then. */
function run(act: () => Promise<void>): void {
  doing = doing.then(act).then(() => {
    if (until && isThere()) until = undefined;
    render();
  });
}

function render(): void {
  for (const side of both()) show(side, panelOf(side));
  enable("start", true, hasStarted() ? "Start over" : "Start");
  find("[data-act=start]").classList.toggle("next", !hasStarted());
  enable("step", !hasStarted() || both().some(({ isRunning }) => isRunning));
  enable("play", hasStarted() && both().some(({ isRunning }) => isRunning), until ? "Pause" : "Play");
  enable(
    "resume",
    both().some(({ canResume }) => canResume),
  );
  find("[data-act=resume]").classList.toggle(
    "next",
    both().every(({ isRunning }) => !isRunning) && both().some(({ canResume }) => canResume),
  );
  for (const [act, [, befalls]] of Object.entries(breaks)) enable(act, both().some(befalls));
  // While it plays, nobody could listen that fast.
  if (until) return;
  find(".announcement").textContent = both()
    .map(
      (side) =>
        `${find("h2", panelOf(side)).textContent}: ${side.news} ${textOf(side)} ${find(".verdict", panelOf(side)).textContent}`,
    )
    .join(" ");
}

function panelOf({ journal }: Side): HTMLElement {
  return find(`[data-side="${journal ? "with-journal" : "plain-script"}"]`);
}

/** Not `disabled`: a button that was just pressed must keep the focus. */
function enable(act: string, isEnabled: boolean, label?: string): void {
  const button = find(`[data-act="${act}"]`);
  button.ariaDisabled = String(!isEnabled);
  if (label !== undefined) button.textContent = label;
}

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-act]"))
  button.addEventListener("click", () => {
    const { act = "" } = button.dataset;
    if (button.ariaDisabled === "true") return;
    // At once: what plays may be about to take a step.
    const isPlaying = until === "end";
    until = undefined;
    run(() => perform(act, isPlaying));
  });
for (const button of document.querySelectorAll<HTMLButtonElement>("[data-go]"))
  button.addEventListener("click", () => {
    find(".tools").scrollIntoView();
    return run(() => goTo(button.dataset.go as Moment));
  });
for (const button of document.querySelectorAll<HTMLButtonElement>(".remedy"))
  button.addEventListener("click", () => {
    const side = left.journal && button.closest("[data-side='with-journal']") ? left : right;
    // This button is about to go.
    find("[data-act=play]").focus();
    return run(async () => {
      side.news = `You chose: ${button.textContent}.`;
      await side.remedy?.act();
      until = "end";
    });
  });

(function play(): void {
  setTimeout(
    async () => {
      if (until) await run(step);
      play();
    },
    until === "end" ? pace : quickPace,
  );
})();
render();
