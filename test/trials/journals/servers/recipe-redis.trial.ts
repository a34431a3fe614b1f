import { recipeConformance } from "../recipe-conformance.ts";

recipeConformance("redis");
