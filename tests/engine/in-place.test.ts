import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AdamW,
  compile,
  createModel,
  crossEntropy,
  gather,
  globalNorm,
  grad,
  ids,
  OnnxEngine,
  Random,
  reshape,
  tensor,
  useEngine,
  Variable,
  type Tensor,
  type TypedArray,
} from "gradlab";
import { refused } from "../refused.js";
import { filled } from "../graph/values.js";

const N = 4096;
type Via = "c-api" | "binding";

/** Runs `body` with the engine reached one way and then the other; only the first writes in place. */
async function bothWays<T>(body: () => Promise<T>): Promise<[T, T]> {
  const on = (via: Via): Promise<T> => {
    useEngine(new OnnxEngine({ via, threads: 2 }));
    return body();
  };
  try {
    return [await on("c-api"), await on("binding")];
  } finally {
    useEngine(new OnnxEngine());
  }
}

const variable = (name: string, seed: number, length = N): Variable => {
  const random = new Random(seed);
  return new Variable(
    filled(length, () => random.normal()),
    name,
  );
};

type Update = (a: Variable, b: Variable) => Tensor;

/** Updates in which some reader of the old value comes after, beside or through a view of it. */
const UPDATES: Readonly<Record<string, Update>> = {
  "the old value is read for the result": (a, b) => {
    const old = a.mul(b).sin();
    a.assign(a.mul(0.5).add(b));
    return old.sum();
  },
  "a view of the old value is read late": (a, b) => {
    const view = a.reshape([64, 64]);
    const slow = b.exp().log().sin().exp().sum().mul(1e-3);
    a.assign(a.sub(b));
    return view.mul(slow).sum();
  },
  "a view of a view": (a, b) => {
    const view = a.reshape([64, 64]).stopGradient().reshape([N]);
    a.assign(a.mul(0.9));
    b.assign(view.exp().log().add(b));
    return b.sum();
  },
  "two variables change places": (a, b) => {
    const [x, y] = [a.mul(0.9), b.mul(1.1)];
    a.assign(y);
    b.assign(x);
    return a.sub(b).sum();
  },
  "each needs the other's old value": (a, b) => {
    const old = a.mul(0.1);
    a.assign(a.mul(0.9).add(b));
    b.assign(b.sub(old));
    return b.sum();
  },
  "a variable is copied": (a, b) => {
    const old = a.add(0);
    a.assign(b);
    b.assign(old);
    return a.sum();
  },
  "one result for both": (a, b) => {
    const y = a.mul(0.5).add(b);
    a.assign(y);
    b.assign(y);
    return y.sum();
  },
  "only a part is read": (a) => {
    const part = a
      .slice(0, N / 2)
      .mul(2)
      .sum();
    a.assign(a.mul(a).sin());
    return part;
  },
  "the new value comes from elsewhere": (a, b) => {
    const old = a.sum();
    a.assign(b.sin());
    return old;
  },
  "rows move within the variable": (a) => {
    a.assign(a.reshape([64, 64]).transpose().reshape([N]).mul(0.99));
    return a.slice(0, 64).sum();
  },
};

async function trace(update: Update): Promise<(number | TypedArray)[]> {
  const [a, b] = [variable("a", 1), variable("b", 2)];
  const step = compile(() => update(a, b));
  const seen: (number | TypedArray)[] = [];
  for (let i = 0; i < 10; i++) seen.push(await (await step()).item());
  return [...seen, await a.data(), await b.data()];
}

for (const [name, update] of Object.entries(UPDATES)) {
  test(`ten steps in place equal ten out of place, bit by bit: ${name}`, async () => {
    const [inPlace, copied] = await bothWays(() => trace(update));
    assert.deepEqual(inPlace, copied);
    assert.ok(inPlace.every((value) => typeof value !== "number" || Number.isFinite(value)));
  });
}

const CONFIG = {
  model_type: "llama",
  vocab_size: 61,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 16,
  tie_word_embeddings: true,
};

test("ten training steps of a small Llama in place equal ten out of place, bit by bit", async () => {
  const [inPlace, copied] = await bothWays(async () => {
    const model = createModel(CONFIG, { seed: 3 });
    const parameters = [...model.parameters.values()];
    const optimizer = new AdamW(parameters, { learningRate: 1e-2 });
    const step = compile((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x), reshape(y, [-1]));
      const gradients = grad(loss, parameters);
      const { norm, scale } = globalNorm(gradients, 0.5);
      optimizer.assign(gradients, scale);
      return { loss, norm };
    });
    const losses: number[] = [];
    for (let i = 0; i < 10; i++) {
      const random = new Random(i);
      const rows = Array.from({ length: 2 }, () => Array.from({ length: 9 }, () => random.integer(61)));
      optimizer.advance();
      const { loss } = await step(ids(rows.map((r) => r.slice(0, -1))), ids(rows.map((r) => r.slice(1))));
      losses.push(await loss.item());
    }
    const { moments } = await optimizer.state();
    const weights = await Promise.all(parameters.map((parameter) => parameter.data()));
    return { losses, weights, moments: [...moments.values()].map(({ data }) => data) };
  });
  assert.deepEqual(inPlace, copied);
  assert.equal(new Set(inPlace.losses).size, 10);
});

for (const dtype of ["int32", "int64", "bool", "float64"] as const) {
  test(`a ${dtype} variable with a late reader is updated`, async () => {
    const results = await bothWays(async () => {
      const flag = new Variable(
        {
          dtype,
          shape: [N],
          data: (
            await tensor(filled(N, (i) => i % 2).data, { shape: [N] })
              .cast(dtype)
              .array()
          ).data,
        },
        "v",
      );
      const step = compile(() => {
        const old = flag.cast("float32").sum();
        flag.assign(dtype === "bool" ? flag.equal(tensor([0]).cast("bool")) : flag.add(1));
        return old;
      });
      return [await (await step()).item(), await (await step()).item()];
    });
    const second = dtype === "bool" ? N / 2 : N / 2 + N;
    assert.deepEqual(results, [
      [N / 2, second],
      [N / 2, second],
    ]);
  });
}

test("an expression over a value that was overwritten says so", async () => {
  const w = variable("w", 1);
  const early = w.mul(2);
  const step = compile(() => {
    w.assign(w.add(1));
    return w.slice(0, 1);
  });
  await step();
  const error = await refused("E_ENGINE", () => early.data());
  assert.match(error.message, /old value of float32\[4096\] was overwritten by an in-place update/);
  assert.match(error.hint, /after the update, or compute it inside/);
});

test("what was computed before an update stays readable after it", async () => {
  const w = variable("w", 1);
  const early = w.mul(2);
  const want = (await early.data()).slice();
  const step = compile(() => {
    w.assign(w.add(1));
    return w.slice(0, 1);
  });
  await step();
  assert.deepEqual(await early.data(), want);
});

test("steps started together run one after the other, and readers see whole steps only", async () => {
  const [inPlace, copied] = await bothWays(async () => {
    const w = new Variable(
      filled(1 << 18, () => 1),
      "w",
    );
    const step = compile((by: Tensor) => {
      w.assign(w.mul(by).sin().add(by).exp().log());
      return w.sum();
    });
    const total = compile(() => w.mul(1).sum());
    const by = [0.5, 0.5, 0.7, 0.9].map((value) => tensor(Float32Array.of(value)));
    const steps: Tensor[] = [await step(by[0])];
    const totals: Tensor[] = [await total()];
    const work = [step(by[1]), total(), step(by[2]), total(), step(by[3]), total()];
    (await Promise.all(work)).forEach((sum, i) => (i % 2 === 0 ? steps : totals).push(sum));
    const items = (sums: Tensor[]): Promise<number[]> => Promise.all(sums.map((sum) => sum.item()));
    return { steps: await items(steps), totals: await items(totals) };
  });
  const { steps, totals } = inPlace;
  assert.deepEqual(steps, copied.steps);
  assert.equal(new Set(steps).size, 4);
  for (const total of totals) assert.ok(steps.includes(total), `${total} is none of ${steps.join(", ")}`);
});

test("shape errors of a compiled function name both full shapes", async () => {
  const f = compile((x: Tensor, y: Tensor) => x.matmul(y));
  const error = await refused("E_SHAPE", () =>
    f(
      tensor([[1, 2, 3]]),
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ),
  );
  assert.match(error.message, /cannot contract float32\[1, 3\] with float32\[2, 2\] \(3 ≠ 2\)/);
});

test("two engines over the C API live side by side", async () => {
  for (const engine of [new OnnxEngine({ via: "c-api" }), new OnnxEngine({ via: "c-api" })]) {
    useEngine(engine);
    assert.equal(
      (
        await tensor(filled(N, (i) => i).data)
          .add(1)
          .data()
      )[7],
      8,
    );
    assert.equal(engine.memory().programs, 1);
  }
  useEngine(new OnnxEngine());
});

for (const [what, index] of [
  ["beyond the end", 9999],
  ["negative", -1],
] as const) {
  test(`an index ${what} is refused, as the definition says`, async () => {
    const [got] = await bothWays(async () => {
      const table = tensor(filled(N, (i) => i).data, { shape: [N / 4, 4] });
      const error = await refused("E_INDEX", () => gather(table, tensor([index], { dtype: "int32" })).data());
      return error.message;
    });
    assert.match(got, new RegExp(`${index} is outside`));
  });
}
