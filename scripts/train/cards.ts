import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type GenerateOptions, type LanguageModel, type ModelCardInfo, readConfigFile } from "gradlab";
import type { Publication } from "./publication.js";

interface CorpusCard {
  readonly sources: readonly {
    readonly source: string;
    readonly tokens: number;
    readonly bytes: number;
    readonly packages: readonly {
      readonly package: string;
      readonly sha256: string;
      readonly licence: string;
    }[];
  }[];
}

export const millions = (count: number): string => (count / 1e6).toFixed(1);

/** What a corpus.json of the English corpus says of the sources that a recipe reads. */
export async function englishData(
  file: string,
  { recipe }: Pick<Publication, "recipe">,
): Promise<NonNullable<ModelCardInfo["data"]>> {
  const { sources } = (await readConfigFile(file)) as CorpusCard;
  // reviews are in a file of their own, all other sources in the training set
  const read = sources.filter(
    ({ source }) => source !== "opinions" || "opinions" in (recipe["data"] as object),
  );
  return read.flatMap(({ source, tokens, bytes, packages }) =>
    packages.map((item) => ({
      name: item.package,
      bytes,
      sha256: item.sha256,
      license: item.licence,
      description: `${source}, ${tokens.toLocaleString("en")} tokens`,
    })),
  );
}

/** What a run's history adds to its recipe: a line each in notes.txt. */
export async function notesIn(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, "notes.txt"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

const SHOWN = [
  "objective",
  "window",
  "batchSize",
  "steps",
  "optimizer",
  "learningRate",
  "schedule",
  "clipNorm",
  "phases",
];

/** The card's table of how a model was trained. */
export function trainingOf({ name, recipe }: Publication, tokens: number): Record<string, unknown> {
  const shown = SHOWN.filter((option) => recipe[option] !== undefined);
  return {
    recipe: `train.yaml: npx gradlab train models/${name}/train.yaml`,
    tokens: tokens.toLocaleString("en"),
    ...Object.fromEntries(shown.map((option) => [option, JSON.stringify(recipe[option])])),
    weights: "float16 (trained in float32)",
    log: "training-log.jsonl, curve.svg",
  };
}

/** A line of the card for each prompt, gone on with by the model. */
export async function samplesOf(
  model: LanguageModel,
  prompts: readonly string[],
  { how = "greedy", ...options }: GenerateOptions & { readonly how?: string } = {},
): Promise<string[]> {
  const samples: string[] = [];
  for (const prompt of prompts) {
    const { text } = await model.generate(prompt, { maxNewTokens: 24, ...options });
    samples.push(`Sample (${how}): ${JSON.stringify(prompt + text)}`);
  }
  return samples;
}

/** An example of use for the card. */
export const usageOf = (name: string, prompt: string): string =>
  `import { loadModel } from "gradlab";\n\nconst model = await loadModel("gradlab/${name}");\nconsole.log((await model.generate(${JSON.stringify(prompt)})).text);`;
