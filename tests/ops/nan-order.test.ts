import assert from "node:assert/strict";
import { test } from "node:test";
import { argMax, argMin, argSort, cast, sort, tensor, topK, type DType, type Tensor } from "gradlab";
import { computeOn, ENGINES } from "../nn/golden.js";

const [inf, nan] = [Infinity, NaN];
const ROWS = [
  [2, nan, -1, inf, nan, -inf, 2],
  [nan, nan, nan, nan, nan, nan, nan],
  [0, -0, 5, inf, 3, -inf, 1],
];

/** What each op gives along the rows; NumPy differs in putting NaN behind +∞, which one row tells. */
const WANT = new Map<string, readonly [(x: Tensor) => Tensor, readonly (readonly number[])[]]>([
  ["sort", [(x) => sort(x), [[-inf, -1, 2, 2, nan, inf, nan], ROWS[1], [-inf, 0, -0, 1, 3, 5, inf]]]],
  [
    "descending sort",
    [
      (x) => sort(x, { descending: true }),
      [[nan, inf, nan, 2, 2, -1, -inf], ROWS[1], [inf, 5, 3, 1, 0, -0, -inf]],
    ],
  ],
  [
    "argSort",
    [
      (x) => argSort(x),
      [
        [5, 2, 0, 6, 1, 3, 4],
        [0, 1, 2, 3, 4, 5, 6],
        [5, 0, 1, 6, 4, 2, 3],
      ],
    ],
  ],
  [
    "topK",
    [
      (x) => topK(x, 3).indices,
      [
        [1, 3, 4],
        [0, 1, 2],
        [3, 2, 4],
      ],
    ],
  ],
  [
    "smallest",
    [
      (x) => topK(x, 2, { largest: false }).values,
      [
        [-inf, -1],
        [nan, nan],
        [-inf, 0],
      ],
    ],
  ],
  ["argMax", [(x) => argMax(x, { axis: 1 }), [[1], [0], [3]]]],
  ["argMin", [(x) => argMin(x, { axis: 1 }), [[1], [0], [5]]]],
]);

for (const { title, engine } of ENGINES) {
  for (const dtype of ["float32", "float64", "float16", "bfloat16"] as const satisfies readonly DType[]) {
    // bfloat16 enters and leaves programs through the C API only.
    if (dtype === "bfloat16" && title.includes("binding")) continue;
    test(`NaN has a place in order on ${title}, ${dtype}`, async () => {
      const x = cast(tensor(ROWS), dtype);
      const got = await computeOn(
        engine,
        [...WANT.values()].map(([run]) => cast(run(x), "float32")),
      );
      [...WANT].forEach(([name, [, want]], i) => {
        // The sign of 0 is none of an order's business.
        const plain = (values: Iterable<number>): number[] => Array.from(values, (value) => value + 0);
        assert.deepEqual(plain(got[i]), plain(want.flat()), name);
      });
    });
  }
}

test("the index into all elements finds NaN, too", async () => {
  const x = tensor([
    [1, 2],
    [NaN, 9],
  ]);
  assert.deepEqual([await argMax(x).item(), await argMin(x).item()], [2, 2]);
});
