// Prints how many calls a second reach the server whose address is the second argument, 1 and 16 at a time.
import { connect } from "./connect.ts";

const call = await connect(process.argv[3] ?? "");

async function rate(concurrency: number, duration: number): Promise<number> {
  let calls = 0;
  const start = performance.now();
  const worker = async () => {
    for (; performance.now() - start < duration; calls++) await call();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return (calls / (performance.now() - start)) * 1000;
}

await rate(1, 300);
const sequential = await rate(1, 600);
await rate(16, 200);
console.log(JSON.stringify([sequential, await rate(16, 600)]));
