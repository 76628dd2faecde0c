import assert from "node:assert/strict";
import { test } from "node:test";
import { grad, type Tensor } from "gradlab";
import {
  assertClose,
  computeOn,
  ENGINES,
  integers,
  leaf,
  readGolden,
  type GoldenCase,
  type GoldenTensor,
} from "./golden.js";

/** gradlab's form of a golden case. */
export type Layer = (
  inputs: Readonly<Record<string, Tensor>>,
  attrs: Readonly<Record<string, unknown>>,
) => Tensor;

const LEAVES: Readonly<Record<string, (value: GoldenTensor) => Tensor>> = {
  ids: integers,
  segments: integers,
  targets: integers,
  mask: (value) => integers(value).cast("bool"),
};

/** The case's output, then the gradients of Σ output · cotangent (or of the loss) in the order of `grads`. */
function build(layer: Layer, { inputs, grads, attrs = {} }: GoldenCase): Tensor[] {
  const leaves = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, (LEAVES[name] ?? leaf)(value)]),
  );
  const y = layer(leaves, attrs);
  const scalar = leaves.cotangent ? y.mul(leaves.cotangent).sum() : y;
  return [
    y,
    ...grad(
      scalar,
      Object.keys(grads).map((name) => leaves[name]),
    ),
  ];
}

interface Allowances {
  /** An absolute error that a case may have. */
  readonly floorOf?: (name: string) => number;
  /** A relative error that a case may have beyond its engine's. */
  readonly looser?: (name: string) => number;
}

/** Holds every case of a golden file, value and gradients, on every engine; a case without a layer fails. */
export function testGolden(
  file: string,
  layerOf: (name: string) => Layer | undefined,
  { floorOf = () => 0, looser = () => 0 }: Allowances = {},
): void {
  for (const [name, golden] of Object.entries(readGolden(file))) {
    for (const { title, engine, tolerance } of ENGINES) {
      test(`${name}: values and gradients equal PyTorch's on ${title}`, async () => {
        const layer = layerOf(name);
        assert.ok(layer, `no gradlab form of the golden case ${name}`);
        const [y, ...grads] = await computeOn(engine, build(layer, golden));
        const allowed = Math.max(tolerance, looser(name));
        assertClose(`${name} output`, y, Object.values(golden.outputs)[0].data, allowed, floorOf(name));
        Object.entries(golden.grads).forEach(([input, want], i) =>
          assertClose(`${name} d/d${input}`, grads[i], want.data, allowed, floorOf(name)),
        );
      });
    }
  }
}
