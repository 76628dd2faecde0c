import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attention,
  crossEntropy,
  gather,
  gelu,
  layerNorm,
  Linear,
  matmul,
  rmsNorm,
  rope,
  rotaryTables,
  silu,
  softmax,
  tensor,
  transpose,
  Variable,
  type Tensor,
} from "gradlab";
import { assertClose, computeOn, ENGINES, floats, leaf, readGolden } from "./golden.js";
import { testGolden, type Layer } from "./golden-layers.js";

/** PyTorch keeps [B, H, T, E], gradlab [B, T, H, E]. */
const swapHeads = (x: Tensor): Tensor => transpose(x, [0, 2, 1, 3]);

const product: Layer = ({ a, b }, { transA, transB, alpha }) =>
  matmul(a, b, { transA: transA as boolean, transB: transB as boolean, alpha: alpha as number });

const rotary: Layer = ({ x }, { theta, start }) => {
  const [batch, , time, width] = x.shape;
  const from = start as number;
  const { cos, sin } = rotaryTables(width, from + time, theta as number);
  const positions = tensor(
    Int32Array.from({ length: batch * time }, (_, i) => from + (i % time)),
    { shape: [batch, time] },
  );
  return swapHeads(rope(swapHeads(x), positions, cos, sin));
};

const heads: Layer = ({ q, k, v }) => swapHeads(attention(swapHeads(q), swapHeads(k), swapHeads(v)));

const losses: Layer = ({ logits, targets, weights }) =>
  weights ? crossEntropy(logits, targets, { weights }) : crossEntropy(logits, targets);

/** gradlab's form of each golden case; a case without one fails. */
const LAYERS: Readonly<Record<string, Layer>> = {
  linear: ({ x, weight, bias }) => matmul(x, weight, { transB: true, bias }),
  layer_norm: ({ x, weight, bias }, { eps }) => layerNorm(x, weight, bias, eps as number),
  rms_norm: ({ x, weight }, { eps }) => rmsNorm(x, weight, eps as number),
  gelu_exact: ({ x }) => gelu(x),
  gelu_tanh: ({ x }) => gelu(x, { approximate: "tanh" }),
  silu: ({ x }) => silu(x),
  softmax: ({ x }) => softmax(x),
  softmax_large: ({ x }) => softmax(x),
  cross_entropy: losses,
  cross_entropy_weighted: losses,
  cross_entropy_ignored: losses,
  embedding: ({ weight, ids }) => gather(weight, ids),
  rope: rotary,
  rope_offset: rotary,
  attention_multi_head: heads,
  attention_grouped_query: heads,
  matmul: product,
  matmul_batched: product,
  matmul_batched_transA: product,
  matmul_batched_transB: product,
  matmul_batched_transAB_alpha: product,
  matmul_4d_transB: product,
};

// One probability is almost 1 and its gradient a difference of numbers near 1, rounded at 2^-24.
const floorOf = (name: string): number => (name === "softmax_large" ? 2 ** -24 : 0);

// PyTorch's rotary angles are float64 here; gradlab's tables are float32, as the models were trained with.
const looser = (name: string): number => (name.startsWith("rope") ? 1e-6 : 0);

testGolden("layers.json", (name) => LAYERS[name], { floorOf, looser });

for (const layout of ["out-in", "in-out"] as const) {
  test(`a Linear layer stored ${layout} equals torch.nn.Linear`, async () => {
    const golden = readGolden("layers.json").linear;
    const stored = floats(golden.inputs.weight);
    const [rows, columns] = stored.shape;
    const turned = new Float32Array(rows * columns);
    stored.data.forEach(
      (value, i) => (turned[(i % columns) * rows + Math.floor(i / columns)] = Number(value)),
    );
    const weight =
      layout === "out-in" ? stored : { dtype: "float32" as const, shape: [columns, rows], data: turned };
    const bias = new Variable(floats(golden.inputs.bias), "bias");
    const layer = new Linear("layer", new Variable(weight, "weight"), bias, layout);
    assert.deepEqual([layer.inFeatures, layer.outFeatures], [columns, rows]);
    const [y] = await computeOn(ENGINES[1].engine, [layer.forward(leaf(golden.inputs.x))]);
    assertClose("y", y, golden.outputs.y.data, 1e-5);
  });
}
