// Preloaded into a command whose waits are not what is tested.
import { speedUp } from "../kills/faster-clock.ts";

// Processes that follow one another agree on the time.
speedUp(20, Number(process.env.FASTER_ORIGIN));
