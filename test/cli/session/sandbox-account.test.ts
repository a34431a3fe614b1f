import { expect, test } from "vitest";
import description from "../../../generated/openapi.json" with { type: "json" };
import { openSandbox } from "../../../src/cli/session/sandbox-account.ts";
import { createSandbox } from "../../../src/sandbox/index.ts";

test("a new sandbox of the command, one in code and the description's example have the same client", () => {
  const { client_id, client_name } = description.components.examples.clientWithSecret.value.result;
  for (const sandbox of [openSandbox("/nowhere", false), createSandbox()])
    expect(sandbox.clients()[0]).toMatchObject({ client_id, client_name });
});
