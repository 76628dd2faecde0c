import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Attention,
  Conv1d,
  Conv2d,
  grad,
  GroupNorm,
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

interface Mixture {
  readonly experts: number;
  readonly topK: number;
  readonly capacityFactor?: number;
}

function mixture(attrs: Mixture): Built {
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
  group_norm: () => plain(new GroupNorm(scope, { width: 4, groups: 2 })),
  moe_top2: mixture,
  moe_switch: mixture,
};

const golden = Object.entries(readGolden("modules.json"));

/** Experts with room for every token must give the values of the dense computation. */
const roomy = golden
  .filter(([name]) => name.startsWith("moe"))
  .map(([name, one]): [string, GoldenCase] => {
    const attrs = { ...one.attrs, capacityFactor: 4 } as unknown as Record<string, never>;
    return [name, { ...one, attrs }];
  });

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

for (const [name, one] of [...golden, ...roomy]) {
  for (const { title, engine, tolerance } of ENGINES) {
    const sparse = "capacityFactor" in (one.attrs ?? {}) ? ", dispatched" : "";
    test(`${name}${sparse}: outputs and gradients equal PyTorch's on ${title}`, async () => {
      const got = await computeOn(engine, build(BUILD[name](one.attrs as never), one));
      const want = [...Object.entries(one.outputs), ...Object.entries(one.grads)];
      // gradlab's rotary angles are float32; a key's bias has no effect, so its gradient is rounding alone.
      const allowed = Math.max(tolerance, name.includes("rotary") || name.includes("llama") ? 2e-6 : 0);
      want.forEach(([part, { data }], i) =>
        assertClose(`${name} ${part}`, got[i], data, allowed, part.endsWith("key.bias") ? 1e-6 : 0),
      );
    });
  }
}

for (const [name, { attrs }] of golden) {
  test(`${name}'s parameters carry their paths as names`, () => {
    const { module } = BUILD[name](attrs as never);
    for (const [path, { name: own }] of module.namedParameters()) assert.equal(own, path);
  });
}
