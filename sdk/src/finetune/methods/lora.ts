import { BASE_WEIGHTS_HASH, writePeftAdapter, type LoraPair } from "../../artifacts/index.js";
import { GradlabError } from "../../errors.js";
import { hashWeights, LanguageModel, mergeAdapter } from "../../models/index.js";
import { attachLowRank, type Linear } from "../../nn/index.js";
import type { LoraOptions } from "../options.js";
import type { Prepared } from "./method.js";

const HEAD = "lm_head";

/**
 * Freezes the model and gives chosen linear layers a low-rank change: y += (alpha/r) · (x Aᵀ) Bᵀ.
 *
 * A starts uniform in ±1/√in and B at zero, so the adapted model starts as the base model.
 *
 * @throws E_TARGET_MODULES when a name matches no layer; E_CONFIG for a bad rank
 * @source Hu et al. 2021, §4.1; initialization as in Hugging Face PEFT
 */
export function prepareLora(base: LanguageModel, options: LoraOptions, seed: number): Prepared {
  const { r = 16, alpha = 32, targetModules = "all-linear", plusRatio = 1 } = options;
  if (!Number.isInteger(r) || r < 1) {
    throw new GradlabError("E_CONFIG", `adapter.r must be a positive whole number, got ${r}.`, {
      where: "adapter.r",
    });
  }
  if (!(plusRatio > 0)) {
    throw new GradlabError("E_CONFIG", `adapter.plusRatio must be above 0, got ${plusRatio}.`, {
      where: "adapter.plusRatio",
    });
  }
  const model = new LanguageModel({ ...base.parts(), id: `${base.id}+lora` });
  const targets = chooseTargets(model, targetModules);
  const trainable = targets.flatMap((linear) => attachLowRank(linear, { r, scale: alpha / r, seed }));
  // frozen: it is the same at the end as at the start
  let hashed: Promise<string | undefined> | undefined;
  const baseHash = (): Promise<string | undefined> => (hashed ??= hashWeights(base));
  return {
    model,
    trainable,
    baseHash,
    defaultRate: 1e-3,
    groups: [{ parameters: /\.lora_B$/, learningRateFactor: plusRatio }],
    save: async (folder, beside) => {
      const config = {
        r,
        lora_alpha: alpha,
        target_modules: [...new Set(targets.map(({ name }) => name.split(".").at(-1)!))],
        base_model_name_or_path: base.id,
        task_type: "CAUSAL_LM",
        fan_in_fan_out: targets.some(({ layout }) => layout === "in-out"),
      };
      const hash = await baseHash();
      const metadata: Record<string, string> = hash === undefined ? {} : { [BASE_WEIGHTS_HASH]: hash };
      await writePeftAdapter(folder, { config, modules: await pairsOf(targets), metadata }, { beside });
    },
    format: "peft-safetensors",
    merge: () => mergeAdapter(model),
  };
}

function chooseTargets(model: LanguageModel, wanted: NonNullable<LoraOptions["targetModules"]>): Linear[] {
  const all = [...model.linears.values()];
  const matches = (name: string, ending: string): boolean => name === ending || name.endsWith(`.${ending}`);
  if (wanted === "all-linear") {
    const { unadapted = [] } = model.architecture;
    return all.filter(({ name }) => name !== HEAD && !unadapted.some((ending) => matches(name, ending)));
  }
  const endings = wanted instanceof RegExp ? [] : wanted;
  const unknown = endings.find((ending) => !all.some(({ name }) => matches(name, ending)));
  const chosen = all.filter(({ name }) =>
    wanted instanceof RegExp ? wanted.test(name) : endings.some((ending) => matches(name, ending)),
  );
  if (unknown !== undefined || chosen.length === 0) {
    const known = [...new Set(all.map(({ name }) => name.split(".").at(-1)!))].join(", ");
    throw new GradlabError(
      "E_TARGET_MODULES",
      `No linear layer of ${model.id} is named ${unknown ?? String(wanted)}.`,
      {
        where: "adapter.targetModules",
        hint: `Its linear layers end in: ${known}.`,
      },
    );
  }
  return chosen;
}

async function pairsOf(targets: readonly Linear[]): Promise<[string, LoraPair][]> {
  const pairs: [string, LoraPair][] = [];
  for (const { name, delta } of targets)
    pairs.push([name, { a: await delta!.a.array(), b: await delta!.b.array() }]);
  return pairs;
}
