// Preloaded into a command whose waits are not what is tested.
import { shareClock, speedUp } from "./faster-clock.ts";

// Processes that follow one another agree on the time. The server's clock is the tests' own, which is no faster.
const { FASTER_ORIGIN, FASTER_SERVER_ORIGIN = FASTER_ORIGIN, FASTER_FACTOR = "20" } = process.env;
speedUp(Number(FASTER_FACTOR), Number(FASTER_ORIGIN));
shareClock(Number(FASTER_FACTOR), Number(FASTER_SERVER_ORIGIN));
