// Answers every request alike, on a free loopback port; prints its address, and ends when its standard input does.
import { createServer } from "node:http";
import { answer } from "./answer.ts";

const server = createServer((request, response) => {
  request.resume();
  response
    .writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(answer) })
    .end(answer);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(`http://127.0.0.1:${address.port}`);
});
process.stdin.on("end", () => process.exit()).resume();
