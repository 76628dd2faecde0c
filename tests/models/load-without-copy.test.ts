import assert from "node:assert/strict";
import { test } from "node:test";
import { type HostArray, hostArray, type TensorSource } from "gradlab";
import { readParameters } from "gradlab/internal/models";

/** A source that remembers what it gave. */
function remembering(given: HostArray[]): TensorSource {
  return {
    file: "memory",
    names: ["w"],
    metadata: {},
    spec: () => ({ dtype: "float32", shape: [2, 2], bytes: 16, stored: "F32" }),
    read: async () => {
      const array = hostArray(Float32Array.of(1, 2, 3, 4), [2, 2]);
      given.push(array);
      return array;
    },
    close: async () => {},
  };
}

test("a loaded parameter takes the memory that was read, and what it gives out is a copy", async () => {
  const given: HostArray[] = [];
  const family = { parameters: () => [{ name: "w", shape: [2, 2], init: { constant: 0 } }] };
  const parameters = await readParameters(remembering(given), family, {});
  const weight = parameters.get("w")!;
  assert.equal(weight.storage?.array?.data, given[0].data);
  const out = await weight.data();
  out[0] = 9;
  assert.deepEqual([...given[0].data], [1, 2, 3, 4]);
});
