import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attention,
  ids,
  ones,
  ReferenceEngine,
  tensor,
  transpose,
  zeros,
  type AttentionOptions,
} from "gradlab";
import { computeOn } from "../nn/golden.js";
import { testGolden } from "../nn/golden-layers.js";

testGolden(
  "attention.json",
  () =>
    ({ q, k, v, bias, mask, segments }, attrs) => {
      // PyTorch keeps [B, H, T, E], gradlab [B, T, H, E].
      const swap = (x: typeof q): typeof q => transpose(x, [0, 2, 1, 3]);
      const options: AttentionOptions = { ...attrs, bias, mask, segments };
      return swap(attention(swap(q), swap(k), swap(v), options));
    },
  // A query that sees one key has no gradient: what is left is rounding.
  { floorOf: (name) => (name === "window_of_one" ? 1e-6 : 0) },
);

test("a query that may see nothing gives zeros", async () => {
  const x = ones([1, 2, 1, 4]);
  const mask = tensor(
    [
      [0, 0],
      [1, 0],
    ],
    { dtype: "bool" },
  );
  const [y] = await computeOn(new ReferenceEngine(), [attention(x, x, x, { mask, causal: false })]);
  assert.deepEqual([...y], [0, 0, 0, 0, 1, 1, 1, 1]);
});

test("options that do not fit are refused with the shapes", () => {
  const [x, longer] = [zeros([2, 3, 2, 4]), zeros([2, 5, 2, 4])];
  const refused = (message: RegExp, options: AttentionOptions, k = x): void =>
    assert.throws(() => attention(x, k, k, options), message);
  refused(/E_SHAPE.*bias.*\[2, 2, 3, 3\].*\[4, 3\]/, { bias: zeros([4, 3]) });
  refused(/E_SHAPE.*does not broadcast/, { bias: zeros([5, 2, 2, 3, 3]) });
  refused(/E_DTYPE.*bool/, { mask: ones([3, 3]) });
  refused(/E_SHAPE.*segments.*int32\[1, 3\]/, { segments: ids([[0, 0, 1]]) });
  refused(
    /E_SHAPE.*segments.*S = T/,
    {
      segments: ids([
        [0, 0, 1],
        [0, 1, 1],
      ]),
      causal: false,
    },
    longer,
  );
  refused(/E_CONFIG.*window is 0/, { window: 0 });
  refused(/E_CONFIG.*window is 1.5/, { window: 1.5 });
  assert.throws(() => attention(longer, x, x), /E_SHAPE.*S ≥ T when causal/);
});
