// Preloaded into a command whose waits are not what is tested.
import { shareClock, speedUp } from "../kills/faster-clock.ts";

// Processes that follow one another agree on the time. The server's clock is the tests' own, which is no faster.
speedUp(20, Number(process.env.FASTER_ORIGIN));
shareClock();
