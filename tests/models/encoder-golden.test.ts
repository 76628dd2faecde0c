import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createEncoder,
  ids,
  type EncoderHead,
  type TokenInput,
  type EncoderModel,
  type Tensor,
} from "gradlab";
import { integers, readGolden } from "../nn/golden.js";
import { assertGolden, fill, type GoldenPretrained } from "./pretrained.js";

const FAMILIES = ["bert", "roberta", "distilbert"];
const HEADS: readonly EncoderHead[] = [
  "masked-lm",
  "sequence-classification",
  "token-classification",
  "question-answering",
];

interface Golden {
  readonly model: EncoderModel;
  readonly input: TokenInput;
  readonly golden: GoldenPretrained;
}

function build(family: string, head: EncoderHead): Golden {
  const cases = readGolden<GoldenPretrained>(`encoder-${family}.json`);
  const { body, [head]: golden } = cases;
  const model = createEncoder(golden.config, { head, labels: 3 });
  fill(model, { ...body.weights, ...golden.weights });
  const { ids: tokens, mask, types } = body.inputs;
  const input = {
    ids: integers(tokens),
    mask: integers(mask),
    ...(types ? { tokenTypes: integers(types) } : {}),
  };
  return { model, input, golden };
}

for (const family of FAMILIES) {
  test(`${family}: hidden states, the pooled output and sentence embeddings equal PyTorch's`, async () => {
    const { model, input, golden } = build(family, "none");
    const { hidden, pooled } = model.forward(input);
    assert.equal(pooled !== undefined, family !== "distilbert");
    await assertGolden(model, { hidden, mean: model.embed(input), ...(pooled ? { pooled } : {}) }, golden);
  });

  for (const head of HEADS) {
    test(`${family} for ${head}: logits, loss and gradients equal PyTorch's`, async () => {
      const { model, input, golden } = build(family, head);
      const loss = model.loss(input, integers(golden.inputs.targets));
      assert.ok(Object.keys(golden.grads).length >= 5);
      await assertGolden(model, { logits: model.forward(input).logits!, loss }, golden);
    });
  }

  test(`${family}: padding changes nothing, whatever ids it holds`, async () => {
    const { model } = build(family, "none");
    const padId = family === "roberta" ? 1 : 0;
    const text = [5, 9, 14, 3];
    const vectors = async (input: TokenInput): Promise<number[][]> => {
      const outputs = [model.embed(input), model.embed(input, { pooling: "cls" })];
      return Promise.all(outputs.map(async (output: Tensor) => [...(await output.data())].map(Number)));
    };
    const alone = await vectors({ ids: [text] });
    const mask = [[1, 1, 1, 1, 0, 0, 0]];
    const fillers = family === "roberta" ? [padId] : [padId, 7];
    for (const filler of fillers) {
      const padded = await vectors({ ids: ids([[...text, filler, filler, filler]]), mask });
      padded.forEach((vector, i) =>
        vector.forEach((value, j) => assert.ok(Math.abs(value - alone[i][j]) < 2e-6, `${i}, ${j}: ${value}`)),
      );
    }
    const unmasked = await vectors({ ids: [[...text, padId, padId, padId]] });
    assert.ok(Math.abs(unmasked[1][0] - alone[1][0]) > 1e-4, "without the mask, padding is seen");
  });
}
