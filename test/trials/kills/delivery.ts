/** Delivers a secret, when told to on stdin, to a command that stores whatever it reads. */
import { once } from "node:events";
import { execSink } from "../../../src/node/sinks/exec-sink.ts";

const [store, length] = process.argv.slice(2);
const context = { signal: new AbortController().signal };
const command = `cat > '${store}.new' && mv '${store}.new' '${store}'`;
const sink = execSink({ name: "store", command });
await sink.preflight?.(context);
console.log("ready");
await once(process.stdin, "data");
await sink.deliver("x".repeat(Number(length)), context);
console.log("delivered");
