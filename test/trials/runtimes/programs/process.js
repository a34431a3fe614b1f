import { inspect } from "node:util";
import { suite } from "../suite/suite.js";

const { Bun, Deno } = globalThis;
const show = (value) =>
  (Deno ?? Bun)?.inspect(value, { depth: 20, showHidden: true }) ?? inspect(value, { depth: 20, showHidden: true });
console.log(JSON.stringify(await suite(JSON.parse(process.argv[2]), show)));
