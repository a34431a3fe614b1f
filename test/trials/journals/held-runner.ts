// Preloaded into a runner: it stands at the start until all have come. Time then runs faster, as it is not what is tested.
import { once } from "node:events";
import { connect } from "node:net";
import { shareClock, speedUp } from "../../support/faster-clock.ts";

const { RELEASE_PORT, FASTER_ORIGIN } = process.env;
if (RELEASE_PORT) {
  const socket = connect(Number(RELEASE_PORT), "127.0.0.1");
  await once(socket, "data");
  socket.destroy();
}
// No faster, since each entry takes the recipe a part of a second, and what was announced must be sent within thirty.
speedUp(4, Number(FASTER_ORIGIN));
shareClock(4, Number(FASTER_ORIGIN));
