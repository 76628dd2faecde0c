import assert from "node:assert/strict";
import { grad, HostStorage, type PretrainedModel, type Tensor, type Variable } from "gradlab";
import { assertClose, computeOn, ENGINES, floats, type GoldenCase, type GoldenTensor } from "../nn/golden.js";

type AnyModel = Pick<PretrainedModel<never, never>, "parameters">;

export type GoldenWeights = Readonly<Record<string, GoldenTensor>>;

export interface GoldenPretrained extends GoldenCase {
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: GoldenWeights;
}

/** Gives a model exactly the golden weights: the same names, the same shapes. */
export function fill<M extends AnyModel>(model: M, weights: GoldenWeights): M {
  assert.deepEqual([...model.parameters.keys()].sort(), Object.keys(weights).sort());
  for (const [name, parameter] of model.parameters) {
    assert.deepEqual(weights[name].shape, parameter.shape, name);
    parameter.load(new HostStorage(floats(weights[name])));
  }
  return model;
}

/** Outputs and named gradients on every engine against the golden ones. */
export async function assertGolden(
  model: AnyModel,
  outputs: Readonly<Record<string, Tensor>>,
  golden: Pick<GoldenCase, "outputs" | "grads">,
): Promise<void> {
  const names = Object.keys(golden.grads);
  const parameters = names.map((name) => model.parameters.get(name) as Variable);
  const gradients = names.length > 0 ? grad(outputs.loss, parameters) : [];
  const wanted = [
    ...Object.keys(outputs).map((name) => golden.outputs[name]),
    ...Object.values(golden.grads),
  ];
  for (const { title, engine, tolerance } of ENGINES) {
    const got = await computeOn(engine, [...Object.values(outputs), ...gradients]);
    [...Object.keys(outputs), ...names.map((name) => `gradient of ${name}`)].forEach((what, i) =>
      // A key's bias has no gradient, since softmax does not see it: only the noise is left.
      assertClose(`${what} on ${title}`, got[i], wanted[i].data, 2 * tolerance, 5e-7),
    );
  }
}
