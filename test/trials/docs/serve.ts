import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** Serves a folder on loopback, below a path, as a host of many sites does. Ends with the process. */
export async function serve(folder: string): Promise<URL> {
  const base = "/some/where/";
  const server = createServer(async ({ url = "" }, response) => {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    try {
      if (!path.startsWith(base)) throw new Error("not of the site");
      const content = await readFile(join(folder, path.slice(base.length)));
      response.writeHead(200, { "Content-Type": types[extname(path)] ?? "text/plain" }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return new URL(base, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
