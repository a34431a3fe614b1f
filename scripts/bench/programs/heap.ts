// Prints the bytes that a call leaves on the heap until the next collection, with a `fetch` that answers from memory.
// Needs --expose-gc and a young generation that is never full in between.
import { median } from "../rounds.ts";
import { answer } from "./answer.ts";
import { connect } from "./connect.ts";

const headers = { "Content-Type": "application/json" };
const call = await connect("http://127.0.0.1", async () => new Response(answer, { headers }));

for (let n = 0; n < 3000; n++) await call();
const batches: number[] = [];
for (let batch = 0; batch < 10; batch++) {
  globalThis.gc?.();
  const start = process.memoryUsage().heapUsed;
  for (let n = 0; n < 200; n++) await call();
  batches.push((process.memoryUsage().heapUsed - start) / 200);
}
console.log(median(batches));
