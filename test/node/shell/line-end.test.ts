import { describe, expect, test } from "vitest";
import { withoutAddedLineEnd } from "../../../src/node/shell/line-end.ts";

function read(output: string, command: string): { value: string; warnings: string[] } {
  const warnings: string[] = [];
  return { value: withoutAddedLineEnd(output, command, (message) => warnings.push(message)), warnings };
}

describe("the line end after what a read-back prints", () => {
  test.each([
    ["aws secretsmanager get-secret-value --secret-id X --query SecretString --output text"],
    ["AWS_PROFILE=prod /usr/local/bin/aws ssm get-parameter --name X"],
    ["op read 'op://vault/item/field'"],
    [' AWS_PROFILE=prod  AWS_REGION=x aws ssm get-parameter --name "a; b" # or another; or none\n'],
    ["cat X | psql -At -c 'select secret from oauth where note = $$a;b|c$$'"],
  ])("is taken off where the program adds one: %s", (command) => {
    expect(read("secret\n", command)).toEqual({ value: "secret", warnings: [] });
    expect(read("secret\r\n", command)).toEqual({ value: "secret", warnings: [] });
    expect(read("two\nlines\n", command).value).toBe("two\nlines");
    // Only the one that it added.
    expect(read("secret\n\n", command).value).toBe("secret\n");
  });

  test.each([
    ["cat /run/secrets/oauth"],
    ["kubectl get secret X -o 'go-template={{.data.k | base64decode}}'"],
    ["vault kv get -field=key secret/app # the new one"],
    ["kubectl get secret X -o jsonpath='{.data.k}' | base64 -d"],
  ])("belongs to what is stored where the program adds none: %s", (command) => {
    expect(read("secret\n", command)).toEqual({ value: "secret\n", warnings: [] });
  });

  test.each([
    ["./read-secret", "one that read-secret adds"],
    ["aws x; cat y", "one that the command adds"],
    ["cat x || aws y", "one that the command adds"],
    ["cat x &&\n aws y", "one that the command adds"],
    ["aws x <<END", "one that the command adds"],
    ["'my program' aws", "one that the command adds"],
    ["(cat x)", "one that the command adds"],
    ['cat "$(aws y)" | "$PROGRAM"', "one that the command adds"],
  ])("is taken off with a warning where nothing is known: %s", (command, said) => {
    const { value, warnings } = read("secret\n", command);
    expect(value).toBe("secret");
    expect(warnings).toEqual([expect.stringContaining(said)]);
  });

  test("need not be there, and then nothing is said", () => {
    for (const command of ["aws x", "cat x", "./read"])
      expect(read("secret", command)).toEqual({ value: "secret", warnings: [] });
  });
});
