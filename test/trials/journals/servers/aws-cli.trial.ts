import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { journalRecipes } from "../../../../src/cli/commands/journal-recipes.ts";
import { end } from "../../../support/command.ts";
import { path } from "../../stores/install.ts";
import { type Asked, Internet, type Service } from "../../stores/internet.ts";

const key = "023e105f4ecef8ad9ca31a8372d0c353/PreconditionFailed NoSuchKey ParameterAlreadyExists ParameterNotFound";
const sealedEntry = '{"sealed":1,"data":"c2VhbGVk"}';
const xml = (text: string, status = 200) => ({ status, xml: `<?xml version="1.0" encoding="UTF-8"?>${text}` });
const error = (code: string, status: number) =>
  xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`, status);

/** Objects of one bucket, as S3 and R2 keep them. */
function bucket(): Service {
  const objects = new Map<string, Buffer>();
  return ({ method, path, headers, body }) => {
    const url = new URL(path, "http://bucket");
    const name = decodeURIComponent(url.pathname).replace(/^\/(journal-bucket\/?)?/, "");
    if (name === "") {
      const prefix = url.searchParams.get("prefix") ?? "";
      const found = [...objects.keys()].filter((name) => name.startsWith(prefix)).sort();
      return xml(
        `<ListBucketResult>${found.map((name) => `<Contents><Key>${name}</Key></Contents>`).join("")}<KeyCount>${found.length}</KeyCount></ListBucketResult>`,
      );
    }
    const found = objects.get(name);
    if (method === "GET") return found ? { status: 200, xml: found.toString() } : error("NoSuchKey", 404);
    if (method === "DELETE") objects.delete(name);
    else if (found && headers["if-none-match"] === "*") return error("PreconditionFailed", 412);
    else objects.set(name, body);
    return { status: method === "DELETE" ? 204 : 200 };
  };
}

/** Parameters, as Parameter Store keeps them. */
function parameters(): Service {
  const values = new Map<string, string>();
  const refuse = (__type: string) => ({ status: 400, json: { __type, message: __type } });
  return ({ headers, body }) => {
    const { Name, Names = [], Path, Value } = JSON.parse(body.toString());
    switch (String(headers["x-amz-target"])) {
      case "AmazonSSM.GetParametersByPath":
        return {
          status: 200,
          json: {
            Parameters: [...values.keys()].filter((name) => name.startsWith(`${Path}/`)).map((Name) => ({ Name })),
          },
        };
      case "AmazonSSM.GetParameter":
        return values.has(Name)
          ? { status: 200, json: { Parameter: { Name, Value: values.get(Name) } } }
          : refuse("ParameterNotFound");
      case "AmazonSSM.PutParameter":
        if (values.has(Name)) return refuse("ParameterAlreadyExists");
        values.set(Name, Value);
        return { status: 200, json: { Version: 1 } };
      default:
        for (const name of Names) values.delete(name);
        return { status: 200, json: { DeletedParameters: Names } };
    }
  };
}

/**
 * Debian's CLI is older than `--if-none-match` of put-object. The CLI's own way to extend its models teaches it that option, so
 * that all the rest is the real program.
 */
const extension = {
  version: 1,
  merge: {
    shapes: {
      PutObjectRequest: {
        members: { IfNoneMatch: { shape: "IfNoneMatch", location: "header", locationName: "If-None-Match" } },
      },
    },
  },
};

const isChange = ({ method, headers }: Asked) =>
  headers["x-amz-target"] ? /Put|Delete/.test(String(headers["x-amz-target"])) : method !== "GET";

// One process after the other, each of which takes a second.
describe("with the real AWS CLI", () => {
  let folder: string;
  let internet: Internet;
  beforeAll(() => {
    if (!existsSync("/usr/bin/aws"))
      throw new Error("There is no /usr/bin/aws: Debian's awscli could not be installed.");
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "journal-aws-"));
    mkdirSync(join(folder, ".aws/models/s3/2006-03-01"), { recursive: true });
    writeFileSync(join(folder, ".aws/models/s3/2006-03-01/service-2.sdk-extras.json"), JSON.stringify(extension));
    const store = bucket();
    internet = await Internet.open(
      folder,
      {
        "journal-bucket.s3.us-east-1.amazonaws.com": store,
        "journal-bucket.account.r2.cloudflarestorage.com": store,
        "account.r2.cloudflarestorage.com": store,
        "ssm.us-east-1.amazonaws.com": parameters(),
      },
      isChange,
    );
  });
  afterEach(() => {
    internet.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The error format is one that hides the codes; the recipe must not care. */
  const environment = () => ({
    ...internet.environment(),
    PATH: path,
    HOME: folder,
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "key",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_MAX_ATTEMPTS: "1",
    AWS_CLI_ERROR_FORMAT: "json",
    JOURNAL_BUCKET: "journal-bucket",
    JOURNAL_ENDPOINT: "https://account.r2.cloudflarestorage.com",
  });

  test.for(["s3", "r2", "parameter-store"] as const)(
    "the recipe for %s keeps its promises",
    { timeout: 600_000 },
    async (store) => {
      writeFileSync(join(folder, "journal.sh"), journalRecipes[store], { mode: 0o700 });
      const run = (words: readonly string[], more: Readonly<Record<string, string>> = {}) => {
        const child = spawn(join(folder, "journal.sh"), [...words], { env: { ...environment(), ...more } });
        child.stdin.on("error", () => undefined).end(sealedEntry);
        return end(child);
      };
      const failed = { code: 1, stdout: "", stderr: expect.stringMatching(/\S/) };

      expect(await run(["latest", key])).toMatchObject({ code: 0, stdout: "" });
      expect(await run(["append", key, "9"])).toMatchObject({ code: 0, stderr: "" });
      expect(await run(["append", key, "9"])).toMatchObject({ code: 9 });
      expect(await run(["append", key, "10"])).toMatchObject({ code: 0 });
      expect((await run(["latest", key])).stdout.trimEnd()).toBe(`10\n${sealedEntry}`);
      expect(await run(["erase", key, "10"])).toMatchObject({ code: 0 });
      expect((await run(["latest", key])).stdout.trimEnd()).toBe(`10 only\n${sealedEntry}`);

      internet.fault = "denied";
      expect(await run(["append", key, "11"])).toMatchObject(failed);
      internet.fault = "cut";
      expect(await run(["append", key, "11"])).toMatchObject(failed);
      internet.fault = "none";
      expect(await run(["append", key, "11"]), "it was stored, though nothing answered").toMatchObject({ code: 9 });
      for (const words of [
        ["latest", key],
        ["append", key, "12"],
      ])
        expect(await run(words, internet.environment(9))).toMatchObject({
          ...failed,
          code: expect.not.toBeOneOf([0, 9]),
        });
    },
  );
});
