import type { TestProject } from "vitest/node";
import { startMockServer } from "../scripts/mock-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The address of Prism, serving openapi/openapi.yaml. */
    prism: string;
  }
}

/** Starts one Prism for the whole run; tests find its address by `inject("prism")`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startMockServer();
  project.provide("prism", server.url);
  return () => server.close();
}
