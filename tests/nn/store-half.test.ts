import assert from "node:assert/strict";
import { test } from "node:test";
import {
  byteSize,
  capture,
  checkpoint,
  grad,
  MLP,
  Random,
  Scope,
  sizeOf,
  storeHalf,
  tensor,
  type Graph,
  type Tensor,
} from "gradlab";
import { assertClose, computeOn, ENGINES } from "./golden.js";

const [ROWS, WIDTH] = [64, 32];

const values = (seed: number): Tensor => {
  const random = new Random(seed);
  return tensor(
    Float32Array.from({ length: ROWS * WIDTH }, () => random.normal()),
    { shape: [ROWS, WIDTH] },
  );
};

type Wrap = (fn: (x: Tensor) => Tensor) => (x: Tensor) => Tensor;

/** The loss and gradients of four residual blocks. */
function network(wrap: Wrap): { outputs: Tensor[]; graph: Graph } {
  const blocks = Array.from(
    { length: 4 },
    (_, i) => new MLP(new Scope(`${i}`, 1), { width: WIDTH, hidden: 4 * WIDTH }),
  );
  const x = values(1);
  const y = blocks.reduce((h, block) => wrap((inner) => inner.add(block.forward(inner)))(h), x);
  const loss = y.mul(y).mean();
  const outputs = [loss, ...grad(loss, [x, ...blocks.flatMap((block) => block.parameters())])];
  return { outputs, graph: capture(outputs) };
}

/** Bytes of computed values that exist when the nodes, run in their order, have reached the loss. */
function bytesAtLoss({ nodes, outputs: [loss] }: Graph): number {
  const id = ({ node, index }: Tensor): string => `${node.id}.${index}`;
  /** Whose memory a value lies in: views share their input's. */
  const owners = new Map<string, string>();
  const ownerOf = (tensor: Tensor): string => owners.get(id(tensor)) ?? id(tensor);
  const bytes = new Map<string, number>();
  const at = nodes.indexOf(loss.node);
  nodes.slice(0, at).forEach((node) =>
    node.outputs.forEach(({ shape, dtype }, index) => {
      const name = `${node.id}.${index}`;
      if (node.op.traits.some((trait) => trait === "view" || trait === "identity"))
        owners.set(name, ownerOf(node.inputs[index]));
      else if (!("value" in node.attrs)) bytes.set(name, sizeOf(shape) * byteSize(dtype));
    }),
  );
  const needed = new Set(nodes.slice(at + 1).flatMap((node) => node.inputs.map(ownerOf)));
  return [...needed].reduce((sum, name) => sum + (bytes.get(name) ?? 0), 0);
}

for (const { title, engine } of ENGINES.filter((one) => !one.title.includes("binding"))) {
  for (const dtype of ["bfloat16", "float16"] as const) {
    test(`inputs kept as ${dtype} give nearly the loss and gradients of float32 on ${title}`, async () => {
      const [plain, half] = await Promise.all(
        [network((fn) => fn), network((fn) => storeHalf(fn, dtype))].map(({ outputs }) =>
          computeOn(engine, outputs),
        ),
      );
      const tolerance = dtype === "bfloat16" ? 0.03 : 0.004;
      half.forEach((got, i) => assertClose(`output ${i}`, got, plain[i], tolerance));
      assert.notDeepEqual(half[1], plain[1]);
    });
  }
}

test("what is kept between the passes is half of what recomputation alone keeps", () => {
  const kept = (wrap: Wrap): number => bytesAtLoss(network(wrap).graph);
  const tensorBytes = 4 * ROWS * WIDTH;
  // The last block's output, and the input of each block; the first one's is given from outside.
  assert.equal(kept(checkpoint), 4 * tensorBytes);
  assert.equal(kept(storeHalf), tensorBytes + 4 * (tensorBytes / 2));
  assert.ok(kept((fn) => fn) > 10 * tensorBytes);
});
