import { suite } from "../suite/suite.js";
import { inspect } from "./inspect.js";

export default {
  fetch: async (request) => Response.json(await suite(await request.json(), inspect)),
};
