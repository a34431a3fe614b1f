import { equal, failureOf, hides } from "./check.js";

const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";

/** A rotation in an account of its own, up to a sink that keeps the secret in memory. */
function prepare({ cloudflare, rotation, sandbox: { createSandbox } }, deliveries = []) {
  const sandbox = createSandbox();
  const { apiToken, baseURL, accountId, issuer, fetch } = sandbox;
  let deployed = "nothing";
  const sink = {
    name: "memory",
    deliver: async (secret) => {
      const failure = deliveries.shift();
      if (failure) throw failure;
      deployed = secret;
    },
    readBack: async () => deployed,
  };
  const events = [];
  const journal = new rotation.MemoryJournal();
  return {
    sandbox,
    events,
    journal,
    client: new cloudflare.Cloudflare({ apiToken, baseURL, fetch }),
    target: { accountId, clientId },
    options: { journal, sinks: [sink], issuer, fetch, onEvent: (event) => events.push(event) },
    deployed: () => deployed,
  };
}

/** What must hold on every runtime. */
export const rotationChecks = {
  "rotates and finishes": async (world) => {
    const { sandbox, events, journal, client, target, options, deployed } = prepare(world);
    const { rotateClientSecret, finishRotation } = world.rotation;

    const atRest = await rotateClientSecret(client, target, options);
    equal(atRest.phase, "verified", "phase");
    equal(atRest.revealSecret(), deployed(), "secret");
    equal(sandbox.secretsOf(clientId).length, 2, "secrets that work");

    const done = await finishRotation(client, target, options);
    equal(done.phase, "done", "phase");
    equal(sandbox.secretsOf(clientId), [deployed()], "secrets that work");
    equal(sandbox.count("oauth-clients-rotate-secret"), 1, "rotations");
    equal(sandbox.count("oauth-clients-delete-rotated-secret"), 1, "deletions");
    const left = await journal.latest(`${target.accountId}/${clientId}`);
    // The secret has words in it, such as "secret", which stand everywhere.
    hides(JSON.stringify([atRest, done, events, left]), deployed(), "what is left", 16);
  },
  "resumes after a sink has failed": async (world) => {
    const { sandbox, client, target, options, deployed } = prepare(world, [new Error("the sink is full")]);
    const { rotateClientSecret, resumeRotation, RotationError } = world.rotation;

    const error = await failureOf(rotateClientSecret(client, target, options), RotationError);
    equal([error.code, error.nextStep], ["delivery-failed", "resume"], "code and next step");
    const { phase } = await resumeRotation(client, target, options);
    equal(phase, "verified", "phase");
    equal(sandbox.secretsOf(clientId).includes(deployed()), true, "the secret working");
    equal(sandbox.count("oauth-clients-rotate-secret"), 1, "rotations");
  },
  "asks the running service which secret it uses": async (world) => {
    const { client, target, options, deployed } = prepare(world);
    let used = "the old one";
    const answer = world.running.runningSecret(() => used);
    const fetch = (url) => answer(new Request(url));
    const urls = ["https://app.example.com/client-secret"];
    const check = world.rotation.runningCheck({ clientId, urls, fetch });
    const { rotateClientSecret, RotationError } = world.rotation;

    const error = await failureOf(rotateClientSecret(client, target, { ...options, check }), RotationError);
    equal([error.code, error.nextStep], ["check-failed", "resume"], "code and next step");
    used = deployed();
    const { phase } = await rotateClientSecret(client, target, { ...options, check });
    equal(phase, "verified", "phase");
  },
};
