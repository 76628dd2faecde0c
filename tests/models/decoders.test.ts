import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  add,
  architectureOf,
  argmax,
  crossEntropy,
  Decoder,
  grad,
  LanguageModel,
  loadModel,
  mul,
  reshape,
  saveModel,
  Variable,
  zeros,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { assertClose, computeOn, ENGINES, integers, readGolden, type GoldenCase } from "../nn/golden.js";
import { goldenParameter } from "./golden-weights.js";

interface GoldenDecoder extends GoldenCase {
  readonly config: Readonly<Record<string, unknown>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

const CASES = ["models-decoders.json", "models-mamba.json"].flatMap((file) =>
  Object.entries(readGolden<GoldenDecoder>(file)),
);

function build({ config: json, shapes }: GoldenDecoder): LanguageModel {
  const architecture = architectureOf(json, "config");
  const config = architecture.parse(json, "config");
  const specs = architecture.parameters(config);
  assert.deepEqual(Object.fromEntries(specs.map(({ name, shape }) => [name, shape])), shapes);
  const parameters = new Map(
    specs.map(({ name, shape }) => [name, new Variable(goldenParameter(name, shape, json.model_type), name)]),
  );
  return new LanguageModel({ id: "golden", architecture, config, parameters });
}

for (const [name, golden] of CASES) {
  for (const { title, engine, tolerance } of ENGINES) {
    test(`${name}: logits, loss and gradients equal PyTorch's on ${title}`, async () => {
      const model = build(golden);
      const logits = model.forward(integers(golden.inputs.ids));
      const loss = crossEntropy(logits, reshape(integers(golden.inputs.targets), [-1]));
      const balance = golden.outputs.balance
        ? model.routed(integers(golden.inputs.ids), integers(golden.inputs.targets)).balanceLoss
        : zeros([]);
      const trained = add(loss, mul(balance, Number(golden.config.router_aux_loss_coef ?? 0)));
      const kept = Object.keys(golden.grads);
      assert.ok(kept.length >= 3);
      const gradients = grad(
        trained,
        kept.map((parameter) => model.parameters.get(parameter)!),
      );
      const [gotLogits, gotLoss, gotBalance, ...got] = await computeOn(engine, [
        logits,
        loss,
        balance,
        ...gradients,
      ]);
      // Angles are rounded to float32 as Hugging Face does; the oracle keeps them in float64.
      const within = Math.max(1e-6, tolerance);
      assertClose("logits", gotLogits, golden.outputs.logits.data, within);
      assertClose("loss", gotLoss, golden.outputs.loss.data, within);
      assertClose("balance", gotBalance, golden.outputs.balance?.data ?? [0], within);
      kept.forEach((parameter, i) =>
        assertClose(`gradient of ${parameter}`, got[i], golden.grads[parameter].data, 2 * within),
      );
    });
  }

  test(`${name}: decoding step by step gives the tokens of whole forward passes`, async () => {
    const model = build(golden);
    const prompt = golden.inputs.ids.data.slice(0, 5);
    const ids = [...prompt];
    for (let i = 0; i < 12; i++) {
      const flat = (await model.forward([ids]).data()) as Float32Array;
      ids.push(argmax(flat.subarray(flat.length - model.config.vocabSize)));
    }
    assert.deepEqual((await model.generate(prompt, { maxNewTokens: 12 })).ids, ids.slice(5));
    await assertRagged(model, ids);
  });

  test(`${name}: saved and loaded again, every logit is the same`, async (t) => {
    const model = build(golden);
    const folder = await saveModel(model, join(await scratch(t), "saved"));
    const ids = integers(golden.inputs.ids);
    assert.deepEqual(await (await loadModel(folder)).forward(ids).data(), await model.forward(ids).data());
  });
}

/** Two sequences of different lengths in one step give what each gives alone. */
async function assertRagged(model: LanguageModel, ids: readonly number[]): Promise<void> {
  const decoder = new Decoder(model, { slots: 2 });
  const lengths = [9, 4];
  for (const [slot, length] of lengths.entries()) {
    await decoder.step(Int32Array.from(ids.slice(0, length)), Int32Array.of(0), slot);
  }
  const logits = await decoder.step(Int32Array.of(ids[9], ids[4]), Int32Array.from(lengths));
  for (const [row, length] of lengths.entries()) {
    const whole = (await model.forward([ids.slice(0, length + 1)]).data()) as Float32Array;
    const { vocabSize } = model.config;
    const got = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
    assertClose(`row of ${length} tokens`, got, whole.subarray(length * vocabSize), 1e-5);
  }
}

test("a field that asks for more than is built is refused by name; one that is off, or only describes, is not", () => {
  const [, { config }] = CASES[0];
  const parse = (fields: Readonly<Record<string, unknown>>): unknown =>
    architectureOf({ ...config, ...fields }, "config.json").parse({ ...config, ...fields }, "config.json");
  const refused: Readonly<Record<string, unknown>> = {
    attn_logit_softcapping: 50,
    hidden_act: "mish",
    residual_multiplier: 0.22,
    rope_scaling: { rope_type: "longrope", factor: 2 },
    sliding_window: 4,
    use_qk_norm: true,
  };
  for (const [field, value] of Object.entries(refused)) {
    assert.throws(() => parse({ [field]: value }), {
      code: "E_UNSUPPORTED_ARCH",
      message: new RegExp(`"${field}"`),
    });
  }
  parse({
    attn_logit_softcapping: null,
    use_qk_norm: false,
    torch_dtype: "bfloat16",
    _name_or_path: "x",
    eos_token_id: 2,
  });
});
