import { installDebian } from "../../stores/install.ts";

/** Before the tests: the servers and clients that the recipes for PostgreSQL and Redis run with, and the AWS CLI. */
export default function setup(): void {
  installDebian(["aws", "openssl", "psql", "redis-cli", "redis-server"]);
}
