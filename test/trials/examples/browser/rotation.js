// @ts-check
import Cloudflare from "cloudflare-oauth-clients";
import { finishRotation, MemoryJournal, RotationError, rotateClientSecret } from "cloudflare-oauth-clients/rotation";
import { createSandbox } from "cloudflare-oauth-clients/sandbox";

// With a little latency, to be followed by eye.
const sandbox = createSandbox({ latency: 200 });
const client = new Cloudflare({ apiToken: sandbox.apiToken, baseURL: sandbox.baseURL, fetch: sandbox.fetch });
const target = { accountId: sandbox.accountId, clientId: "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4" };
const [original = ""] = sandbox.secretsOf(target.clientId);
/** The secret that the service uses. */
let deployed = original;

/** @type {import("cloudflare-oauth-clients/rotation").RotationOptions} */
const options = {
  journal: new MemoryJournal(), // Gone with the page; what must not be lost belongs into one that stays.
  sinks: [
    {
      name: "service",
      deliver: async (secret) => {
        deployed = secret;
      },
      readBack: async () => deployed,
    },
  ],
  issuer: sandbox.issuer,
  fetch: sandbox.fetch,
  onEvent: (event) => {
    const text = describe(event);
    if (text) show(text, event.type === "phase" || event.type === "verdict");
    drawSecrets();
  },
};

/** @type {Record<import("cloudflare-oauth-clients/rotation").Phase, string>} */
const phases = {
  requesting: "Written down that a new secret is being asked for",
  issued: "The new secret is here; the old one goes on working",
  delivered: "The service has the new secret",
  verified: "The new secret works, and is what the service uses",
  finishing: "Written down that the old secret is being deleted",
  recovering: "Written down that an older secret is being deleted, to make room",
  done: "Done: only the new secret works",
};
const requests = {
  read: "Reading the client",
  list: "Looking for the client",
  create: "Asking for a new client",
  rotate: "Asking for a new secret",
  delete: "Deleting the old secret",
};

/**
 * What is shown of an event; empty for nothing.
 *
 * @param {import("cloudflare-oauth-clients/rotation").RotationEvent} event
 */
function describe(event) {
  switch (event.type) {
    case "phase":
      return phases[event.phase];
    case "request":
      return requests[event.request];
    case "deliver":
      return `Delivering to the ${event.sink}`;
    case "confirm":
      return `Reading the ${event.sink} back`;
    case "verdict":
      return event.control
        ? `A made-up secret is ${event.verdict}, as it must be`
        : `The new secret is ${event.verdict} (proof ${event.attempt})`;
    case "warning":
      return event.message;
    default:
      return "";
  }
}

/** @param {string} id */
function element(id) {
  const found = document.querySelector(`#${id}`);
  if (!(found instanceof HTMLElement)) throw new Error(`The page has no #${id}.`);
  return found;
}

/**
 * @param {string} text
 * @param {boolean} isSettled
 */
function show(text, isSettled) {
  const item = document.createElement("li");
  item.textContent = text;
  item.classList.toggle("settled", isSettled);
  element("steps").append(item);
  return item;
}

/** @param {string} secret */
async function mark(secret) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
  return Array.from(digest.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function drawSecrets() {
  const live = sandbox.secretsOf(target.clientId);
  const marks = await Promise.all([...live, deployed].map(mark));
  const using = marks.pop() ?? "";
  element("secrets").replaceChildren(
    ...marks.map((text, index) => {
      const item = document.createElement("li");
      item.textContent = text;
      item.classList.toggle("new", live[index] !== original);
      return item;
    }),
  );
  element("deployed").textContent = using;
  element("deployed").classList.toggle("new", deployed !== original);
}

/**
 * @param {"rotate" | "finish"} name
 * @param {typeof rotateClientSecret} perform
 */
function onClick(name, perform) {
  const button = element(name);
  button.addEventListener("click", async () => {
    button.toggleAttribute("disabled", true);
    try {
      const { nextStep } = await perform(client, target, options);
      element("finish").toggleAttribute("disabled", nextStep !== "finish");
    } catch (error) {
      const text =
        error instanceof RotationError ? `${error.message} Next: ${error.nextStep ?? "nothing"}` : `${error}`;
      show(text, false).classList.add("failed");
      button.toggleAttribute("disabled", false);
    }
    await drawSecrets();
  });
}

onClick("rotate", rotateClientSecret);
onClick("finish", finishRotation);
await drawSecrets();
