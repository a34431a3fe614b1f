import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";

/** A server on a free loopback port. */
export interface Listening {
  /** For example `http://127.0.0.1:40123`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a server whose listener needs to know its address. */
export async function listen(create: (url: string) => RequestListener): Promise<Listening> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const url = `http://127.0.0.1:${address.port}`;
  server.on("request", create(url));
  return {
    url,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
