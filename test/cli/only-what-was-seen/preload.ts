/**
 * Loaded into the command before its program: sets its clock, and can fill the disk under its journal or stop the process
 * at an entry.
 */
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { speedUp } from "../../support/faster-clock.ts";

const { CLOCK_SPEED = "1", CLOCK_ORIGIN = "0", DISK_FULL_AT, STOP_AFTER } = process.env;
speedUp(Number(CLOCK_SPEED), Number(CLOCK_ORIGIN));

// The disk has no room for an entry of this phase; whatever else is written finds some.
if (DISK_FULL_AT !== undefined) {
  const requireRoom = (data: unknown) => {
    if (String(data).includes(`"phase":"${DISK_FULL_AT}"`))
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  const { open, writeFile } = promises;
  Object.assign(promises, {
    writeFile: async (...given: Parameters<typeof writeFile>) => {
      requireRoom(given[1]);
      await writeFile(...given);
    },
    open: async (...given: Parameters<typeof open>) => {
      const file = await open(...given);
      for (const name of ["writeFile", "appendFile", "write"] as const) {
        const method = file[name].bind(file) as (...parameters: unknown[]) => Promise<unknown>;
        const limited = async (...parameters: unknown[]) => {
          requireRoom(parameters[0]);
          return method(...parameters);
        };
        Object.assign(file, { [name]: limited });
      }
      return file;
    },
  });
}

// As soon as an entry of this phase has its name, once, the process is frozen like one in a paused container.
if (STOP_AFTER !== undefined) {
  const { link, readFile } = promises;
  let isToStop = true;
  Object.assign(promises, {
    link: async (...given: Parameters<typeof link>) => {
      const entry = await readFile(given[0], "utf8");
      await link(...given);
      if (!isToStop || !entry.includes(`"phase":"${STOP_AFTER}"`)) return;
      isToStop = false;
      process.kill(process.pid, "SIGSTOP");
    },
  });
}
syncBuiltinESMExports();
