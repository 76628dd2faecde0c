import { basename, dirname, join, resolve } from "node:path";
import { readConfigFile } from "../artifacts/index.js";
import { GradlabError, nearestName } from "../errors.js";
import { OPTIMIZER_NAMES, SCHEDULE_NAMES } from "../optim/index.js";
import type { PhaseOptions, PretrainObjective, PretrainRecipe } from "./recipe.js";
import { RECIPE_OPTIONS } from "./recipe-options.js";

const NEEDED = ["id", "config", "tokenizer", "data", "window", "batchSize", "steps", "learningRate"] as const;
const OBJECTIVES: Readonly<Record<PretrainObjective["name"], readonly string[]>> = {
  causal: [],
  masked: ["share"],
  distill: ["teacher", "temperature", "weight"],
};
const COUNTS = ["window", "batchSize", "steps", "evalEvery", "evalRows"] as const;

/**
 * Reads a recipe; its paths become absolute, from the recipe's folder on (`outputDir` from the working directory on).
 *
 * @param path a YAML or JSON file
 * @throws E_FILE_NOT_FOUND, E_FILE_FORMAT with file:line:column, E_CONFIG naming the option and the nearest known name
 * @example (await readRecipe("models/en-3m/train.yaml")).id // "gradlab/en-3m"
 */
export async function readRecipe(path: string): Promise<PretrainRecipe> {
  const json = await readConfigFile(path);
  const folder = dirname(resolve(path));
  const recipe = checkRecipe(json, path);
  const from = (paths: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(paths).map(([name, file]) => [name, resolve(folder, file)]));
  return {
    ...recipe,
    tokenizer: resolve(folder, recipe.tokenizer),
    outputDir: resolve(recipe.outputDir ?? join("runs", basename(recipe.id))),
    data: from(recipe.data),
    ...(recipe.heldOut ? { heldOut: from(recipe.heldOut) } : {}),
  };
}

/** @throws E_CONFIG for an unknown, missing or impossible option; `where` names the file in it */
export function checkRecipe(json: unknown, where?: string): PretrainRecipe {
  const refuse = (name: string, message: string, hint?: string): never => {
    throw new GradlabError("E_CONFIG", message, {
      where: where === undefined ? name : `${where}, ${name}`,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return refuse("recipe", "A recipe is an object of options.", "See models/en-3m/train.yaml.");
  const unknown = Object.keys(json).find((name) => !(RECIPE_OPTIONS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    const near = nearestName(unknown, RECIPE_OPTIONS);
    refuse(
      unknown,
      `A recipe has no option "${unknown}".`,
      `${near ? `Did you mean "${near}"? ` : ""}Options: ${RECIPE_OPTIONS.join(", ")}.`,
    );
  }
  const recipe = json as PretrainRecipe;
  for (const name of NEEDED) if (recipe[name] === undefined) refuse(name, `The recipe does not say ${name}.`);
  for (const name of COUNTS) {
    const value = recipe[name];
    if (value !== undefined && (!Number.isInteger(value) || value < 1))
      refuse(name, `${name} must be a positive whole number, got ${JSON.stringify(value)}.`);
  }
  if (!(recipe.learningRate > 0))
    refuse("learningRate", `learningRate must be above 0, got ${JSON.stringify(recipe.learningRate)}.`);
  checkName("optimizer", recipe.optimizer?.name, OPTIMIZER_NAMES, refuse);
  checkName("schedule", recipe.schedule?.name, SCHEDULE_NAMES, refuse);
  checkObjective(recipe, refuse);
  checkPhases(recipe, refuse);
  return recipe;
}

type Refuse = (name: string, message: string, hint?: string) => never;

function checkName(kind: string, name: string | undefined, known: readonly string[], refuse: Refuse): void {
  if (name === undefined || known.includes(name)) return;
  const near = nearestName(name, known);
  refuse(
    kind,
    `There is no ${kind} ${JSON.stringify(name)}.`,
    `${near ? `Did you mean "${near}"? ` : ""}There are ${known.join(", ")}.`,
  );
}

function checkObjective({ objective }: PretrainRecipe, refuse: Refuse): void {
  if (objective === undefined) return;
  const { name, ...options } = objective;
  checkName("objective", String(name), Object.keys(OBJECTIVES), refuse);
  const known = OBJECTIVES[name];
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown !== undefined)
    refuse(
      `objective.${unknown}`,
      `The objective "${name}" has no option "${unknown}".`,
      `It has ${known.join(", ") || "none"}.`,
    );
  if (objective.name !== "distill") return;
  if (typeof objective.teacher !== "string")
    refuse("objective.teacher", "Distilling needs a teacher, such as gradlab/en-3m.");
  const { temperature = 1, weight = 0.5 } = objective;
  if (!(temperature > 0)) refuse("objective.temperature", `temperature must be above 0, got ${temperature}.`);
  if (!(weight >= 0 && weight <= 1))
    refuse("objective.weight", `weight must lie between 0 and 1, got ${weight}.`);
}

function checkPhases(recipe: PretrainRecipe, refuse: Refuse): void {
  const names = Object.keys(recipe.data);
  if (names.length === 0) refuse("data", "The recipe names no data.");
  const total = phasesOf(recipe).reduce((sum, { share }) => sum + share, 0);
  if (!(Math.abs(total - 1) < 1e-6))
    refuse("phases", `The shares of the phases add up to ${total} instead of 1.`);
  for (const { mix } of phasesOf(recipe)) {
    const unknown = Object.keys(mix).find((name) => !names.includes(name));
    if (unknown !== undefined)
      refuse(
        "phases",
        `A phase mixes in "${unknown}", which data does not have.`,
        `data: ${names.join(", ")}.`,
      );
    const weights = Object.values(mix);
    if (!weights.every((weight) => weight >= 0) || !weights.some((weight) => weight > 0))
      refuse("phases", "The weights of a mix must be numbers of at least 0, one of them above it.");
  }
}

/** The phases of a recipe, or the one that stands for them. */
export function phasesOf({ phases, data }: PretrainRecipe): readonly PhaseOptions[] {
  return phases ?? [{ share: 1, mix: Object.fromEntries(Object.keys(data).map((name) => [name, 1])) }];
}
