import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rename, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  compile,
  grad,
  hostArray,
  mean,
  openSafetensors,
  openWeights,
  readAll,
  readSafetensors,
  SGD,
  square,
  tensor,
  Variable,
  type HostArray,
  type Tensor,
} from "gradlab";
import { scratch } from "./scratch.js";

const SIZE = 40_000;

/** Large tensors of several types; in the order given, what lies behind the first one begins at an odd byte. */
const WEIGHTS: readonly [string, HostArray][] = [
  [
    "odd",
    hostArray(
      new Uint8Array(SIZE + 30_001).map((_, i) => i % 251),
      [SIZE + 30_001],
      "uint8",
    ),
  ],
  [
    "unaligned",
    hostArray(
      Float32Array.from({ length: SIZE }, (_, i) => i / 7),
      [SIZE],
    ),
  ],
  ["padding", hostArray(new Uint8Array(3), [3], "uint8")],
  [
    "matrix",
    hostArray(
      Float32Array.from({ length: SIZE }, (_, i) => Math.sin(i)),
      [200, 200],
    ),
  ],
  ["small", hostArray(Float32Array.of(1, 2, 3), [3])],
];

/** The tensors in the order given; gradlab's own writer would align them. */
async function written(path: string): Promise<string> {
  let at = 0;
  const entries = WEIGHTS.map(([name, { data, shape, dtype }]) => {
    const place = [at, (at += data.byteLength)];
    return [name, { dtype: dtype === "uint8" ? "U8" : "F32", shape, data_offsets: place }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const bytes = WEIGHTS.map(([, { data }]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  await writeFile(path, Buffer.concat([length, header, ...bytes]));
  return path;
}

test("mapped tensors are what is read, aligned or not", async (t) => {
  const path = await written(join(await scratch(t), "w.safetensors"));
  const [read, mapped] = [
    await readSafetensors(path),
    await readAll(await openSafetensors(path, { map: true })),
  ];
  for (const [name, array] of WEIGHTS) {
    assert.deepEqual(mapped.get(name), read.get(name), name);
    assert.deepEqual(mapped.get(name)!.data, array.data, name);
  }
});

test("what is written into a mapped tensor reaches neither the file nor others", async (t) => {
  const path = await written(join(await scratch(t), "w.safetensors"));
  const before = await readFile(path);
  const [one, other] = [await openWeights(path, { map: true }), await openWeights(path, { map: true })];
  const first = await one.read("matrix");
  first.data.fill(5 as never);
  const again = await other.read("matrix");
  assert.deepEqual(again.data, new Map(WEIGHTS).get("matrix")!.data);
  await Promise.all([one.close(), other.close()]);
  assert.equal(first.data[7], 5);
  assert.deepEqual(await readFile(path), before);
});

test("tensors stay when their file is replaced or deleted", async (t) => {
  const folder = await scratch(t);
  const path = await written(join(folder, "w.safetensors"));
  const replaced = await readAll(await openWeights(path, { map: true }));
  await writeFile(join(folder, "new"), "other content");
  await rename(join(folder, "new"), path);
  await written(path);
  const deleted = await readAll(await openWeights(path, { map: true }));
  await rm(path);
  for (const tensors of [replaced, deleted]) {
    for (const [name, { data }] of WEIGHTS) assert.deepEqual(tensors.get(name)!.data, data, name);
  }
});

test("training in place on mapped weights gives what training on read ones gives", async (t) => {
  const path = await written(join(await scratch(t), "w.safetensors"));
  const before = await readFile(path);
  const train = async (array: HostArray): Promise<unknown> => {
    const weight = new Variable(tensor(array.data, { shape: array.shape }).storage!, "w");
    const optimizer = new SGD([weight], { learningRate: 0.5 });
    const step = compile((x: Tensor) => {
      const loss = mean(square(x.matmul(weight)));
      optimizer.assign(grad(loss, [weight]));
      return loss;
    });
    const x = tensor(
      Float32Array.from({ length: 400 }, (_, i) => Math.cos(i)),
      { shape: [2, 200] },
    );
    for (let i = 0; i < 3; i++) {
      optimizer.advance();
      await (await step(x)).item();
    }
    return weight.data();
  };
  const source = await openWeights(path, { map: true });
  const mapped = await train(await source.read("matrix"));
  await source.close();
  assert.deepEqual(mapped, await train((await readSafetensors(path)).get("matrix")!));
  assert.deepEqual(await readFile(path), before);
});

const CHILD = fileURLToPath(new URL("map-child.js", import.meta.url));

for (const [switched, env] of [
  ["on", {}],
  ["off", { GRADLAB_MMAP: "0" }],
] as const) {
  test(`mapping is ${switched}: what lies in memory, and is given back when nobody holds it`, async (t) => {
    if (process.platform !== "linux") return t.skip("reads /proc");
    const path = await written(join(await scratch(t), "w.safetensors"));
    const run = promisify(execFile)(process.execPath, ["--expose-gc", CHILD, path], {
      env: { ...process.env, ...env },
    });
    const { open, lasts, after } = JSON.parse((await run).stdout) as Record<"open" | "after", number> & {
      lasts: Record<string, number>;
    };
    const want = WEIGHTS.map(([name, { data }]) => [name, Number(data[data.length - 1])]);
    assert.deepEqual(lasts, Object.fromEntries(want));
    if (switched === "off") assert.equal(open, 0);
    else assert.ok(open > 0, "nothing was mapped");
    assert.equal(after, 0);
  });
}
