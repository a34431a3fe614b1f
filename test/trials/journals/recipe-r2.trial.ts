import { recipeConformance } from "./recipe-conformance.ts";

recipeConformance("r2");
