import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "vitest";

/** The address of a server on this machine that answers with a text, or as it is told to, until the test is over. */
export async function served({ onTestFinished }: TestContext, answer: string | RequestListener): Promise<string> {
  const server = createServer(typeof answer === "string" ? (_, response) => response.end(answer) : answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi`;
}
