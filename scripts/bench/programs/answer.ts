import description from "../../../generated/openapi.json" with { type: "json" };

/** What the API answers to `rotateSecret`. */
export const answer: string = JSON.stringify(description.components.examples.rotatedSecret.value);
