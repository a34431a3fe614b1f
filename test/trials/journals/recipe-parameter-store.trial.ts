import { recipeConformance } from "./recipe-conformance.ts";

recipeConformance("parameter-store");
