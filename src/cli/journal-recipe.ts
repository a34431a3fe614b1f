import { journalRecipes, type Store } from "./journal-recipes.ts";
import { type GlobalOptions, Output } from "./output.ts";
