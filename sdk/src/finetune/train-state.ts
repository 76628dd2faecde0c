import { join } from "node:path";
import { CheckpointStore, readSafetensors, writeSafetensors, type Checkpoint } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import { HostStorage, type Variable } from "../graph/index.js";
import type { Ema, Optimizer } from "../optim/index.js";
import type { HostArray } from "../tensor/index.js";

const PARAMETERS = "parameters.safetensors";
const MOMENTS = "moments.safetensors";
const AVERAGES = "averages.safetensors";

/** Saves what training changes, so that a run continues bit by bit: parameters, moments, averages and the loop's own state. */
export async function saveState(
  store: CheckpointStore,
  parameters: readonly Variable[],
  optimizer: Optimizer,
  loop: Readonly<Record<string, unknown>>,
  ema?: Ema,
): Promise<Checkpoint> {
  const values: [string, HostArray][] = [];
  for (const parameter of parameters) values.push([parameter.name, await parameter.array()]);
  const { step, moments } = await optimizer.state();
  const averages = await ema?.state();
  const write = async (folder: string): Promise<void> => {
    await writeSafetensors(join(folder, PARAMETERS), values);
    await writeSafetensors(join(folder, MOMENTS), moments);
    if (averages) await writeSafetensors(join(folder, AVERAGES), averages);
  };
  return store.save(step, write, { meta: loop });
}

/**
 * Puts a checkpoint back.
 *
 * @returns the loop's own state
 * @throws E_CHECKPOINT_MISMATCH when it holds other parameters
 */
export async function restoreState(
  checkpoint: Checkpoint,
  parameters: readonly Variable[],
  optimizer: Optimizer,
  ema?: Ema,
): Promise<Readonly<Record<string, unknown>>> {
  const values = await readSafetensors(join(checkpoint.path, PARAMETERS));
  for (const parameter of parameters) {
    const saved = values.get(parameter.name);
    if (!saved || saved.shape.join() !== parameter.shape.join()) {
      throw new GradlabError(
        "E_CHECKPOINT_MISMATCH",
        `The checkpoint has ${saved ? `${parameter.name} as [${saved.shape.join(", ")}]` : `no ${parameter.name}`}; this run needs [${parameter.shape.join(", ")}].`,
        { where: checkpoint.path },
      );
    }
    parameter.load(new HostStorage(saved));
  }
  optimizer.restore({
    step: checkpoint.step,
    moments: await readSafetensors(join(checkpoint.path, MOMENTS)),
  });
  ema?.restore(await readSafetensors(join(checkpoint.path, AVERAGES)));
  return checkpoint.meta;
}
