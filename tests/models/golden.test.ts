import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AdamW,
  architectureOf,
  compile,
  crossEntropy,
  grad,
  LanguageModel,
  OnnxEngine,
  ReferenceEngine,
  reshape,
  useEngine,
  Variable,
  type Engine,
  type Tensor,
} from "gradlab";
import {
  assertClose,
  computeOn,
  ENGINES,
  floats,
  integers,
  readGolden,
  type GoldenModel,
} from "../nn/golden.js";

const MODELS = ["models-gpt2.json", "models-llama.json", "models-llama-tied.json"].flatMap((file) =>
  Object.entries(readGolden<GoldenModel>(file)),
);

/** The golden model on gradlab's layers, with weights of its own. */
function build(golden: GoldenModel): LanguageModel {
  const architecture = architectureOf(golden.config, "config");
  const config = architecture.parse(golden.config, "config");
  const parameters = new Map(
    architecture.parameters(config).map(({ name, shape }) => {
      const weight = golden.weights[name];
      assert.deepEqual(weight?.shape, shape, name);
      return [name, new Variable(floats(weight), name)];
    }),
  );
  assert.deepEqual([...parameters.keys()].sort(), Object.keys(golden.weights).sort());
  return new LanguageModel({ id: "golden", architecture, config, parameters });
}

function lossOf(model: LanguageModel, ids: Tensor, targets: Tensor): { logits: Tensor; loss: Tensor } {
  const logits = model.forward(ids);
  return { logits, loss: crossEntropy(logits, reshape(targets, [-1])) };
}

for (const [name, golden] of MODELS) {
  for (const { title, engine, tolerance } of ENGINES) {
    test(`${name}: logits, loss and every gradient equal PyTorch's on ${title}`, async () => {
      const model = build(golden);
      const { logits, loss } = lossOf(model, integers(golden.inputs.ids), integers(golden.inputs.targets));
      const gradients = grad(loss, [...model.parameters.values()]);
      const [gotLogits, gotLoss, ...got] = await computeOn(engine, [logits, loss, ...gradients]);
      assertClose("logits", gotLogits, golden.outputs.logits.data, tolerance);
      assertClose("loss", gotLoss, golden.outputs.loss.data, tolerance);
      [...model.parameters.keys()].forEach((parameter, i) =>
        assertClose(
          `gradient of ${parameter}`,
          got[i],
          golden.grads[parameter].data,
          Math.max(1e-6, tolerance),
        ),
      );
    });
  }
}

interface AdamAttrs {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

/** Losses before the first step and after each of three, trained through a compiled step. */
async function train(golden: GoldenModel): Promise<number[]> {
  const model = build(golden);
  const parameters = [...model.parameters.values()];
  const { lr, beta1, beta2, eps, weightDecay } = golden.attrs as unknown as AdamAttrs;
  const optimizer = new AdamW(parameters, {
    learningRate: lr,
    betas: [beta1, beta2],
    eps,
    weightDecay,
    decays: () => true,
  });
  const step = compile((ids: Tensor, targets: Tensor) => {
    const { loss } = lossOf(model, ids, targets);
    optimizer.assign(grad(loss, parameters));
    return loss;
  });
  const losses: number[] = [];
  for (let i = 0; i < 4; i++) {
    optimizer.advance();
    losses.push(await (await step(integers(golden.inputs.ids), integers(golden.inputs.targets))).item());
  }
  return losses;
}

const RUNTIMES: readonly [string, () => Engine][] = [
  ["reference", () => new ReferenceEngine()],
  ["onnx (c-api)", () => new OnnxEngine({ via: "c-api", threads: 1 })],
  ["onnx (binding)", () => new OnnxEngine({ via: "binding", threads: 1 })],
];

for (const [title, make] of RUNTIMES) {
  test(`three AdamW steps give PyTorch's losses on ${title}`, async (t) => {
    useEngine(make());
    t.after(() => useEngine(new OnnxEngine()));
    for (const [name, golden] of MODELS) {
      assertClose(`${name} losses`, await train(golden), golden.outputs.losses.data, 3e-6);
    }
  });
}
