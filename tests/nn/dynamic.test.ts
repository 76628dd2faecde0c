import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compile,
  globalNorm,
  grad,
  Scope,
  tensor,
  TransformerBlock,
  type TransformerBlockOptions,
} from "gradlab";
import type { Tensor } from "gradlab";

const BLOCKS: Readonly<Record<string, Partial<TransformerBlockOptions>>> = {
  "layer norm and MLP": {},
  "rotary, grouped, SwiGLU": { rotary: { positions: 64 }, groups: 2, norm: "rms", feedForward: "swiglu" },
  "a mixture of experts": { feedForward: { experts: 4 } },
};

for (const [name, options] of Object.entries(BLOCKS)) {
  test(`one program serves all batch sizes and lengths of a block: ${name}`, async () => {
    const block = new TransformerBlock(new Scope("", 1), { width: 32, heads: 4, ...options });
    const measure = (x: Tensor): [Tensor, Tensor] => {
      const y = block.forward(x);
      const loss = y.mul(y).mean();
      return [loss, globalNorm(grad(loss, block.parameters())).norm];
    };
    const anySize = compile(measure, { dynamicAxes: [["batch", "time", null]] });
    const oneSize = compile(measure);
    for (const [batch, time] of [
      [2, 6],
      [3, 9],
    ]) {
      const data = Float32Array.from({ length: batch * time * 32 }, (_, i) => Math.sin(i));
      const x = tensor(data, { shape: [batch, time, 32] });
      const [got, want] = [await anySize(x), await oneSize(x)];
      for (const i of [0, 1]) {
        const [a, b] = [await got[i].item(), await want[i].item()];
        assert.ok(Math.abs(a - b) < 1e-5 * Math.abs(b), `${a} and ${b}`);
      }
    }
  });
}
