import { GradlabError } from "../errors.js";

/**
 * @param least how many ids must be left over
 * @throws E_CONFIG for names that repeat or are empty, that lack one that is needed, or that leave no room in the vocabulary
 */
export function requireVocab(
  vocabSize: number,
  taken: readonly string[],
  needed: readonly string[],
  least = 1,
): void {
  const missing = needed.find((token) => !taken.includes(token));
  if (missing !== undefined || new Set(taken).size !== taken.length || taken.includes(""))
    throw new GradlabError(
      "E_CONFIG",
      missing === undefined
        ? "Special tokens and symbols must be distinct and not empty."
        : `Special tokens must hold ${JSON.stringify(missing)}.`,
      { where: "specialTokens", hint: "Remove what is repeated or empty, and add what is missing." },
    );
  if (!Number.isInteger(vocabSize) || vocabSize < taken.length + least)
    throw new GradlabError("E_CONFIG", `vocabSize ${vocabSize} leaves no room for characters.`, {
      where: "vocabSize",
      hint: `Ask for at least ${taken.length + least}.`,
    });
}
