import { suite } from "../suite/suite.js";
import { inspect } from "./inspect.js";

globalThis.runSuite = (addresses) => suite(addresses, inspect);
