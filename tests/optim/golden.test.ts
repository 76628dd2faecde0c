import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Adafactor,
  Adagrad,
  Adam,
  AdamW,
  AdamW8bit,
  Lion,
  Muon,
  RMSprop,
  SGD,
  Tensor,
  Variable,
  type Optimizer,
} from "gradlab";
import { assertClose, computeOn, ENGINES, floats, leaf, readGolden, type GoldenCase } from "../nn/golden.js";

type Attrs = Readonly<Record<string, unknown>>;
type Make = (parameters: readonly Variable[], attrs: Attrs) => Optimizer;

/** The golden attributes under gradlab's option names; torch's optimizers decay every parameter. */
const named = ({ lr, beta1, beta2, ...rest }: Attrs) => ({
  ...(lr === undefined ? {} : { learningRate: lr as number }),
  ...(beta2 === undefined ? {} : { betas: [Number(beta1), Number(beta2)] as const }),
  ...(beta1 !== undefined && beta2 === undefined ? { beta1: Number(beta1) } : {}),
  ...rest,
});

const everything = { decays: () => true };

const MAKERS: Readonly<Record<string, Make>> = {
  adam: (p, attrs) => new Adam(p, { ...named(attrs), ...everything }),
  adamw: (p, attrs) => new AdamW(p, { ...named(attrs), ...everything }),
  adamw8bit: (p, attrs) => new AdamW8bit(p, { ...named(attrs), minSize: 0 }),
  sgd: (p, attrs) => new SGD(p, { ...named(attrs), ...everything }),
  rmsprop: (p, attrs) => new RMSprop(p, { ...named(attrs), ...everything }),
  adagrad: (p, attrs) => new Adagrad(p, { ...named(attrs), ...everything }),
  lion: (p, attrs) => new Lion(p, { ...named(attrs), ...everything }),
  adafactor: (p, attrs) => new Adafactor(p, { ...named(attrs), ...everything }),
  muon: (p, attrs) => new Muon(p, named(attrs)),
};

const STEP = /^(.*)_after_(\d+)$/;

/** Every parameter after every step, as one lazy graph. */
function unrolled({ inputs, outputs, attrs = {} }: GoldenCase, make: Make): [string, Tensor][] {
  const names = Object.keys(inputs).filter((name) => !name.includes("_grad_"));
  const parameters = names.map((name) => new Variable(floats(inputs[name]), name));
  const optimizer = make(parameters, attrs);
  const steps = Math.max(...Object.keys(outputs).map((key) => Number(STEP.exec(key)![2])));
  assert.ok(steps >= 5);
  const after: [string, Tensor][] = [];
  for (let step = 1; step <= steps; step++) {
    optimizer.advance();
    optimizer.assign(names.map((name) => leaf(inputs[`${name}_grad_${step}`])));
    parameters.forEach((p) => after.push([`${p.name}_after_${step}`, new Tensor(p.node, p.index)]));
  }
  return after;
}

const cases = [readGolden("optimizers.json"), readGolden("optim.json")]
  .flatMap((file) => Object.entries(file))
  .filter(([name]) => !name.startsWith("clip"));

for (const [name, golden] of cases) {
  for (const { title, engine, tolerance } of ENGINES) {
    test(`${name}: every step equals its golden values on ${title}`, async () => {
      const make = MAKERS[name.split("_")[0]];
      const after = unrolled(golden, make);
      const got = await computeOn(
        engine,
        after.map(([, tensor]) => tensor),
      );
      after.forEach(([key], i) =>
        assertClose(key, got[i], golden.outputs[key].data, Math.max(tolerance, 2e-6)),
      );
    });
  }
}

test("every optimizer has golden values", () => {
  const covered = new Set(cases.map(([name]) => name.split("_")[0]));
  assert.deepEqual(
    Object.keys(MAKERS).filter((name) => !covered.has(name)),
    [],
  );
});
