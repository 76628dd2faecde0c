import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Attention,
  Conv1d,
  Conv2d,
  grad,
  LayerNorm,
  MLP,
  MoE,
  RMSNorm,
  Scope,
  SwiGLU,
  TransformerBlock,
  type Module,
  type Tensor,
} from "gradlab";
import { assertClose, computeOn, ENGINES, floats, leaf, readGolden, type GoldenCase } from "./golden.js";

interface Built {
  readonly module: Module;
  /** The output, and scalars that the differentiated value contains as well. */
  readonly run: (x: Tensor) => { readonly y: Tensor } & Readonly<Record<string, Tensor>>;
}

const scope = new Scope("", 3);

const plain = (module: Module & { forward(x: Tensor): Tensor }): Built => ({
  module,
  run: (x) => ({ y: module.forward(x) }),
});

function mixture(attrs: { experts: number; topK: number }): Built {
  const module = new MoE(scope, { width: 6, hidden: 5, ...attrs });
  const run = (x: Tensor) => {
    const { y, balanceLoss, zLoss } = module.apply(x);
    return { y, balanceLoss, zLoss };
  };
  return { module, run };
}

/** gradlab's module for each golden case. */
const BUILD: Readonly<Record<string, (attrs: never) => Built>> = {
  layer_norm: () => plain(new LayerNorm(scope, { width: 6 })),
  rms_norm: () => plain(new RMSNorm(scope, { width: 6 })),
  mlp: () => plain(new MLP(scope, { width: 6, hidden: 10 })),
  mlp_tanh: () => plain(new MLP(scope, { width: 6, hidden: 10, activation: "gelu-tanh" })),
  swiglu: () => plain(new SwiGLU(scope, { width: 6, hidden: 10 })),
  attention: (attrs: { heads: number }) => plain(new Attention(scope, { width: 8, bias: true, ...attrs })),
  attention_grouped_rotary: (attrs: { heads: number; groups: number }) =>
    plain(new Attention(scope, { width: 16, rotary: { positions: 8 }, ...attrs })),
  block_gpt: (attrs: { heads: number; hidden: number }) =>
    plain(new TransformerBlock(scope, { width: 8, bias: true, ...attrs })),
  block_llama: (attrs: { heads: number; groups: number; hidden: number }) =>
    plain(
      new TransformerBlock(scope, {
        width: 16,
        norm: "rms",
        feedForward: "swiglu",
        rotary: { positions: 8 },
        ...attrs,
      }),
    ),
  conv1d: () => plain(new Conv1d(scope, { from: 4, to: 6, kernel: 3, stride: 2, padding: 1, groups: 2 })),
  conv2d: () => plain(new Conv2d(scope, { from: 2, to: 3, kernel: 3, padding: "same" })),
  moe_top2: mixture,
  moe_switch: mixture,
};

/** The outputs, then the gradients in the order of `grads`. */
function build({ module, run }: Built, { inputs, outputs, grads }: GoldenCase): Tensor[] {
  const { x, cotangent, ...parameters } = inputs;
  module.loadStateDict(Object.fromEntries(Object.entries(parameters).map(([name, p]) => [name, floats(p)])));
  const input = leaf(x);
  const out = run(input);
  const { y, ...extra } = out;
  const value = Object.values(extra).reduce((sum, part) => sum.add(part), y.mul(leaf(cotangent)).sum());
  const own = module.namedParameters();
  const wanted = Object.keys(grads).map((name) => (name === "x" ? input : own.get(name)!));
  return [...Object.keys(outputs).map((name) => out[name]), ...grad(value, wanted)];
}

for (const [name, golden] of Object.entries(readGolden("modules.json"))) {
  for (const { title, engine, tolerance } of ENGINES) {
    test(`${name}: outputs and gradients equal PyTorch's on ${title}`, async () => {
      const got = await computeOn(engine, build(BUILD[name](golden.attrs as never), golden));
      const want = [...Object.entries(golden.outputs), ...Object.entries(golden.grads)];
      // gradlab's rotary angles are float32; a key's bias has no effect, so its gradient is rounding alone.
      const allowed = Math.max(tolerance, name.includes("rotary") || name.includes("llama") ? 2e-6 : 0);
      want.forEach(([part, { data }], i) =>
        assertClose(`${name} ${part}`, got[i], data, allowed, part.endsWith("key.bias") ? 1e-6 : 0),
      );
    });
  }
}

for (const [name, golden] of Object.entries(readGolden("modules.json"))) {
  test(`${name}'s parameters carry their paths as names`, () => {
    const { module } = BUILD[name](golden.attrs as never);
    for (const [path, { name: own }] of module.namedParameters()) assert.equal(own, path);
  });
}
