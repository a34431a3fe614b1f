import { recipeConformance } from "./recipe-conformance.ts";

recipeConformance("s3");
