// Stands in for the AWS CLI: the calls of the recipes for S3, R2 and Parameter Store, answered as the services do.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { Failure, type Faults, flagsOf, standIn } from "./stand-in.ts";
import type { Store } from "./store.ts";

type Flags = (flag: string) => string;

interface Operation {
  /** As errors name it. */
  readonly name: string;
  /** And whether they have a value. */
  readonly flags: Readonly<Record<string, boolean>>;
  readonly perform: (flags: Flags, store: Store) => string;
}

export const bucket = "journal-bucket";
const global = { "--region": true, "--endpoint-url": true };
/** Of an entry, in Parameter Store. */
const longestValue = 8192;

function refusal(code: string, operation: string, message: string): Failure {
  return new Failure(254, `\nAn error occurred (${code}) when calling the ${operation} operation: ${message}`);
}

/** The name in the store; R2's are not S3's. */
function object(flags: Flags, operation: string): string {
  const [bucketName, key, endpoint] = [flags("--bucket"), flags("--key"), flags("--endpoint-url")];
  if (bucketName !== bucket) throw refusal("NoSuchBucket", operation, "The specified bucket does not exist");
  if (Buffer.byteLength(key) > 1024) throw refusal("KeyTooLongError", operation, "Your key is too long");
  if (
    endpoint !== "" &&
    (!/^https:\/\/\w+\.r2\.cloudflarestorage\.com$/.test(endpoint) || flags("--region") !== "auto")
  )
    throw new Failure(255, `Could not connect to the endpoint URL: "${endpoint}/${bucketName}/${key}"`);
  return `${endpoint === "" ? "s3" : "r2"}/${key}`;
}

function only(flags: Flags, flag: string, value: string): void {
  if (flags(flag) !== value) throw new Failure(252, `the stand-in knows ${flag} ${value} only, not ${flags(flag)}`);
}

function parameter(name: string, operation: string): string {
  const refuse = (message: string) => refusal("ValidationException", operation, message);
  if (!/^\/[A-Za-z0-9_./-]+$/.test(name) || name.includes("//")) throw refuse("Parameter name is invalid");
  if (name.length > 1011 || name.split("/").length > 16) throw refuse("Parameter name is too long, or too deep");
  return name;
}

/** What `--output text` makes of a list of lists. */
function text(names: readonly string[]): string {
  return names.map((name) => `${name}\n`).join("");
}

const bucketFlag = { "--bucket": true };
const keyFlag = { ...bucketFlag, "--key": true };

const operations: Readonly<Record<string, Operation>> = {
  "s3api list-objects-v2": {
    name: "ListObjectsV2",
    flags: { ...bucketFlag, "--prefix": true, "--query": true, "--output": true },
    perform(flags, store) {
      only(flags, "--query", "Contents[].[Key]");
      only(flags, "--output", "text");
      const prefix = flags("--prefix");
      if (!prefix.endsWith("/")) throw new Failure(252, "the stand-in lists what is below a prefix with / only");
      const above = object(flags, "ListObjectsV2") + prefix.slice(0, -1);
      const names = store.list(above).map((name) => `${prefix}${name}`);
      return names.length === 0 ? "None\n" : text(names);
    },
  },
  "s3api get-object": {
    name: "GetObject",
    flags: keyFlag,
    perform(flags, store) {
      const value = store.read(object(flags, "GetObject"));
      if (!value) throw refusal("NoSuchKey", "GetObject", "The specified key does not exist.");
      writeFileSync(flags("outfile"), value);
      return `${JSON.stringify({ ContentLength: value.length })}\n`;
    },
  },
  "s3api put-object": {
    name: "PutObject",
    flags: { ...keyFlag, "--body": true, "--if-none-match": true },
    perform(flags, store) {
      only(flags, "--if-none-match", "*");
      const body = flags("--body");
      if (!statSync(body, { throwIfNoEntry: false })?.isFile())
        throw new Failure(252, "Error parsing parameter '--body': Blob values must be a path to a file.");
      if (!store.create(object(flags, "PutObject"), readFileSync(body)))
        throw refusal(
          "PreconditionFailed",
          "PutObject",
          "At least one of the pre-conditions you specified did not hold",
        );
      return '{\n    "ETag": "\\"d329f73735d65163cec28c0a79429e7d\\""\n}\n';
    },
  },
  "s3api delete-object": {
    name: "DeleteObject",
    flags: keyFlag,
    perform(flags, store) {
      store.remove(object(flags, "DeleteObject"));
      return "";
    },
  },
  "ssm get-parameters-by-path": {
    name: "GetParametersByPath",
    flags: { "--path": true, "--query": true, "--output": true },
    perform(flags, store) {
      only(flags, "--query", "Parameters[].[Name]");
      only(flags, "--output", "text");
      const path = parameter(flags("--path"), "GetParametersByPath");
      // Their order is not documented.
      return text(
        store
          .list(`ssm${path}`)
          .reverse()
          .map((name) => `${path}/${name}`),
      );
    },
  },
  "ssm get-parameter": {
    name: "GetParameter",
    flags: { "--name": true, "--with-decryption": false, "--query": true, "--output": true },
    perform(flags, store) {
      only(flags, "--query", "Parameter.Value");
      only(flags, "--output", "text");
      const name = parameter(flags("--name"), "GetParameter");
      const value = store.read(`ssm${name}`);
      if (!value) throw refusal("ParameterNotFound", "GetParameter", `Parameter ${name} not found.`);
      return `${value}\n`;
    },
  },
  "ssm put-parameter": {
    name: "PutParameter",
    flags: { "--name": true, "--type": true, "--tier": true, "--value": true },
    perform(flags, store) {
      only(flags, "--type", "SecureString");
      only(flags, "--tier", "Intelligent-Tiering");
      const name = parameter(flags("--name"), "PutParameter");
      const [, file] = /^file:\/\/(.*)$/.exec(flags("--value")) ?? [];
      if (file === undefined) throw new Failure(252, "the stand-in takes a value from a file only");
      const value = readFileSync(file, "utf8");
      if (value === "" || value.length > longestValue)
        throw refusal(
          "ValidationException",
          "PutParameter",
          `Value must have from 1 to ${longestValue} characters, and has ${value.length}.`,
        );
      if (!store.create(`ssm${name}`, Buffer.from(value)))
        throw refusal("ParameterAlreadyExists", "PutParameter", "The parameter already exists.");
      return '{\n    "Version": 1,\n    "Tier": "Standard"\n}\n';
    },
  },
  "ssm delete-parameters": {
    name: "DeleteParameters",
    flags: { "--names": true },
    perform(flags, store) {
      store.remove(`ssm${parameter(flags("--names"), "DeleteParameters")}`);
      return '{\n    "DeletedParameters": [],\n    "InvalidParameters": []\n}\n';
    },
  },
};

/** The words of a call: what stands before the service is for all of them. */
function parse(words: readonly string[]): { operation: Operation | undefined; rest: readonly string[] } {
  const before = words.findIndex((word, index) => !word.startsWith("--") && !words[index - 1]?.startsWith("--"));
  const [service = "", command = "", ...rest] = words.slice(before);
  return { operation: operations[`${service} ${command}`], rest: [...words.slice(0, before), ...rest] };
}

function perform(words: readonly string[], store: Store): string {
  const { operation, rest } = parse(words);
  if (!operation) throw new Failure(252, `the stand-in knows no ${words.join(" ")}`);
  // The one positional argument.
  const outfile = operation.name === "GetObject" ? rest.at(-1) : undefined;
  const given = outfile === undefined ? rest : rest.slice(0, -1);
  const flags = flagsOf(given, { ...operation.flags, ...global }, Object.keys(global));
  return operation.perform((flag) => (flag === "outfile" ? (outfile ?? "") : flags(flag)), store);
}

function describe(kind: Faults["kind"]): Failure {
  const { operation } = parse(process.argv.slice(2));
  const { name = "" } = operation ?? {};
  if (kind === "denied")
    return refusal(name.includes("Param") ? "AccessDeniedException" : "AccessDenied", name, "Denied");
  if (kind === "gone") return refusal(name.includes("Param") ? "ParameterNotFound" : "NoSuchKey", name, "Not there.");
  if (kind === "conflict")
    return name.includes("Param")
      ? refusal("TooManyUpdates", name, "There are concurrent updates for a resource")
      : refusal(
          "ConditionalRequestConflict",
          name,
          "The conditional request cannot succeed due to a conflicting operation",
        );
  // With the key in it, as the true one has it.
  return new Failure(255, `\nCould not connect to the endpoint URL: "https://store.example/${process.argv.join("/")}"`);
}

standIn("aws", perform, describe);
