import { PostgreSQL, Redis } from "../stores/servers.ts";

/** Starts the real server of a recipe, by the store; the others have stand-ins. */
export const openServer: Readonly<Record<string, () => Promise<PostgreSQL | Redis>>> = {
  postgres: () => PostgreSQL.open(),
  redis: () => Redis.open(),
};
