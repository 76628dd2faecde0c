import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, fuseLinears, initialize, Linear, tensor, Variable, zerosArray } from "gradlab";

const layer = (name: string, outputs: number): Linear =>
  new Linear(name, new Variable(initialize(name, [outputs, 3], { normal: 1 }, 1), `${name}.weight`));

test("a fused layer gives its layers' outputs side by side", async () => {
  const layers = [layer("q", 4), layer("k", 2), layer("v", 2)];
  const x = tensor([[1, 2, 3]]);
  const apart = await concat(
    layers.map((one) => one.forward(x)),
    1,
  ).data();
  assert.deepEqual(await fuseLinears(layers)!.forward(x).data(), apart);
});

test("biases are fused where every layer has one", async () => {
  const biased = (name: string, outputs: number): Linear =>
    new Linear(
      name,
      layer(name, outputs).weight,
      new Variable(initialize(`${name}.bias`, [outputs], { normal: 1 }, 1), "b"),
    );
  const layers = [biased("q", 4), biased("k", 2)];
  const x = tensor([[1, 2, 3]]);
  const apart = concat(
    layers.map((one) => one.forward(x)),
    1,
  );
  assert.deepEqual(await fuseLinears(layers)!.forward(x).data(), await apart.data());
});

test("layers with an adapter, a lone bias or another layout stay apart", () => {
  const adapted = layer("k", 2);
  adapted.delta = {
    a: new Variable(zerosArray([1, 3]), "a"),
    b: new Variable(zerosArray([2, 1]), "b"),
    scale: 1,
  };
  const bias = new Linear("b", layer("b", 2).weight, new Variable(zerosArray([2]), "bias"));
  const turned = new Linear("c", new Variable(zerosArray([3, 2]), "w"), undefined, "in-out");
  for (const odd of [adapted, bias, turned]) assert.equal(fuseLinears([layer("q", 4), odd]), undefined);
});
