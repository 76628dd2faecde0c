import assert from "node:assert/strict";
import { test } from "node:test";
import { kernelFor, show, value } from "./kernel-fixture.js";

test("tensors made in cells know their cell and line", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, 'import { grad, tensor } from "gradlab"');
  await value(kernel, "const x = tensor([1, 2]);\n\nconst y = x\n  .exp();");
  assert.equal(await value(kernel, "y.node.origin"), "'cell 2, line 4'");
  await value(kernel, "function twice(z: typeof x) {\n  return z.add(z);\n}");
  assert.equal(await value(kernel, "twice(y).node.origin"), "'cell 4, line 2'");
  assert.equal(
    await value(kernel, "String(grad(twice(y).sum(), [x])[0].node.made)"),
    "'gradient of cell 2, line 4'",
  );
  const { outputs } = await show(kernel, "const z = 1;\nx.add(tensor([1, 2, 3]))");
  const error = outputs.find(({ type }) => type === "error")!;
  assert.match((error.content["traceback"] as string[]).join("\n"), /at: cell 7, line 2\n/);
});
