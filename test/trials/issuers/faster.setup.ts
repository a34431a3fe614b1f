import { speedUp } from "../../support/faster-clock.ts";

// To find a secret refused for good takes two minutes of waiting between the probes.
speedUp(8, Date.now());
