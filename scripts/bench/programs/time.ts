// Prints the microseconds of processor time that a call takes with a `fetch` that answers from memory.
import { median } from "../rounds.ts";
import { answer } from "./answer.ts";
import { connect } from "./connect.ts";

const headers = { "Content-Type": "application/json" };
const call = await connect("http://127.0.0.1", async () => new Response(answer, { headers }));

for (let n = 0; n < 3000; n++) await call();
const batches: number[] = [];
for (let batch = 0; batch < 12; batch++) {
  const start = process.cpuUsage();
  for (let n = 0; n < 500; n++) await call();
  const { user, system } = process.cpuUsage(start);
  batches.push((user + system) / 500);
}
console.log(median(batches));
