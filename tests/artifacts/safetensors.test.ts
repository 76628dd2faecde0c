import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  type DType,
  GradlabError,
  type HostArray,
  allocate,
  hostArray,
  openSafetensors,
  openSharded,
  openWeights,
  readSafetensors,
  writeSafetensors,
} from "gradlab";
import { refused } from "../refused.js";
import { places, scratch } from "./scratch.js";

const DTYPES: DType[] = [
  "bool",
  "int8",
  "uint8",
  "float16",
  "bfloat16",
  "float32",
  "int32",
  "uint32",
  "float64",
  "int64",
];

function filled(dtype: DType, shape: readonly number[], seed: number): HostArray {
  const data = allocate(
    dtype,
    shape.reduce((a, b) => a * b, 1),
  );
  const bytes = new Uint8Array(data.buffer);
  for (let i = 0; i < bytes.length; i++) bytes[i] = dtype === "bool" ? i % 2 : (i * 37 + seed) % 251;
  return hostArray(data, shape, dtype);
}

const sample = (): Map<string, HostArray> =>
  new Map([
    ...DTYPES.map((dtype, i): [string, HostArray] => [`block.${dtype}`, filled(dtype, [3, 5], i)]),
    ["empty", filled("float32", [0, 4], 0)],
    ["scalar", filled("float32", [], 1)],
    ["名前", filled("bool", [7], 1)],
    ["__proto__", filled("int8", [3], 9)],
  ]);

/** A file from a header and some data, by hand. */
function craft(header: unknown, data = 0, declared?: number): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(declared ?? json.length), true);
  bytes.set(json, 8);
  return bytes;
}

test("tensors of every dtype come back bit for bit", async (t) => {
  const path = join(await scratch(t), "a.safetensors");
  const tensors = sample();
  await writeSafetensors(path, tensors, { metadata: { format: "pt", note: "größe" } });
  const file = await openSafetensors(path);
  assert.deepEqual(file.metadata, { format: "pt", note: "größe" });
  assert.deepEqual(file.names.toSorted(), [...tensors.keys()].toSorted());
  for (const [name, { dtype, shape, data }] of tensors) {
    const read = await file.read(name);
    assert.deepEqual([read.dtype, read.shape], [dtype, shape], name);
    assert.deepEqual(read.data, data, name);
    assert.deepEqual(file.spec(name).bytes, data.byteLength);
  }
  await file.close();
});

test("the file is laid out as the format demands: aligned, contiguous, sorted, the same bytes every time", async (t) => {
  const folder = await scratch(t);
  const tensors = [...sample()];
  await writeSafetensors(join(folder, "a"), tensors);
  await writeSafetensors(join(folder, "b"), tensors.toReversed());
  const bytes = await readFile(join(folder, "a"));
  assert.ok(bytes.equals(await readFile(join(folder, "b"))));
  const length = Number(bytes.readBigUInt64LE(0));
  assert.equal((8 + length) % 8, 0);
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  assert.deepEqual(header.__metadata__, { format: "pt" });
  let at = 0;
  for (const [name, entry] of Object.entries(header).slice(1)) {
    const width = entry.dtype === "BOOL" ? 1 : entry.dtype === "BF16" ? 2 : Number(entry.dtype.slice(1)) / 8;
    assert.equal(entry.data_offsets[0], at, name);
    assert.equal(at % width, 0, `${name} is not aligned`);
    at = entry.data_offsets[1];
  }
  assert.equal(8 + length + at, bytes.length);
});

test("every malformed header is refused with the file, the byte, what was expected and what is there", async (t) => {
  const path = join(await scratch(t), "bad.safetensors");
  const f32 = (begin: number, end: number, shape = [(end - begin) / 4]): object => ({
    dtype: "F32",
    shape,
    data_offsets: [begin, end],
  });
  const cases: [string, Uint8Array, RegExp][] = [
    ["empty", new Uint8Array(0), /too short/],
    ["short", new Uint8Array(7), /too short/],
    ["huge header", craft({}, 0, 2 ** 40), /no safetensors file/],
    ["truncated header", craft({ a: f32(0, 4) }, 0, 4000), /truncated in its header/],
    ["no object", craft("[1]"), /does not start a JSON object/],
    ["bad JSON", craft('{"a": 1,}'), /not valid JSON/],
    [
      "twice",
      craft(
        '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}',
        4,
      ),
      /occurs twice/,
    ],
    ["bad UTF-8", craft('{"\u00ff', 0).map((byte) => (byte === 0xc3 ? 0xff : byte)), /not UTF-8/],
    ["bad metadata", craft({ __metadata__: { a: 1 } }), /__metadata__ is malformed/],
    ["entry", craft({ a: 5 }), /entry is malformed/],
    [
      "dtype",
      craft({ a: { dtype: "F8_E4M3", shape: [1], data_offsets: [0, 1] } }, 1),
      /dtype cannot be read/,
    ],
    [
      "prototype",
      craft({ a: { dtype: "constructor", shape: [1], data_offsets: [0, 1] } }, 1),
      /dtype cannot be read/,
    ],
    ["shape", craft({ a: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } }, 4), /shape is malformed/],
    [
      "offsets",
      craft({ a: { dtype: "F32", shape: [1], data_offsets: [4, 0] } }, 4),
      /data_offsets are malformed/,
    ],
    ["size", craft({ a: f32(0, 8, [3]) }, 8), /do not fit F32 \[3\]. Expected 12 bytes, got 8/],
    ["gap", craft({ a: f32(0, 4), b: f32(8, 12) }, 12), /leaves a gap/],
    ["late start", craft({ a: f32(4, 8) }, 8), /leaves a gap/],
    ["overlap", craft({ a: f32(0, 8), b: f32(4, 12) }, 12), /overlaps/],
    ["truncated data", craft({ a: f32(0, 8) }, 5), /truncated/],
    ["trailing", craft({ a: f32(0, 4) }, 5), /Bytes follow/],
    ["product", craft({ a: f32(0, 4, [2 ** 40, 2 ** 40]) }, 4), /do not fit/],
  ];
  for (const [name, bytes, message] of cases) {
    await writeFile(path, bytes);
    const error = await refused("E_FILE_FORMAT", () => openSafetensors(path));
    assert.match(error.message, message, name);
    assert.match(error.where, /bad\.safetensors/, name);
    if (!/JSON|twice/.test(error.sentence)) {
      assert.match(error.where, /byte \d+/, name);
      assert.ok("expected" in error.details && "got" in error.details, name);
    }
  }
});

test("no damage to a file makes anything but an E_FILE_FORMAT", async (t) => {
  const folder = await scratch(t);
  const [good, bad] = [join(folder, "good"), join(folder, "bad")];
  await writeSafetensors(good, sample());
  const bytes = new Uint8Array(await readFile(good));
  for (const at of places(bytes.length, 17)) {
    const flipped = bytes.slice();
    flipped[at] ^= 0x21;
    for (const damaged of [bytes.slice(0, at), flipped]) {
      await writeFile(bad, damaged);
      await readSafetensors(bad).catch((error: unknown) => {
        assert.ok(
          error instanceof GradlabError && error.code === "E_FILE_FORMAT",
          `byte ${at}: ${String(error)}`,
        );
      });
    }
    await writeFile(bad, bytes.slice(0, at));
    await refused("E_FILE_FORMAT", () => readSafetensors(bad));
  }
});

test("shards are one source; a missing shard or tensor and a name outside are refused", async (t) => {
  const folder = await scratch(t);
  const index = join(folder, "model.safetensors.index.json");
  await writeSafetensors(join(folder, "model-1.safetensors"), { a: filled("float32", [2], 1) });
  await writeSafetensors(join(folder, "model-2.safetensors"), { b: filled("int8", [3], 2) });
  const write = (map: object): Promise<void> =>
    writeFile(index, JSON.stringify({ metadata: { total_size: 11 }, weight_map: map }));
  await write({ a: "model-1.safetensors", b: "model-2.safetensors" });
  const weights = await openWeights(folder);
  assert.deepEqual(weights.names, ["a", "b"]);
  assert.deepEqual((await weights.read("b")).data, filled("int8", [3], 2).data);
  assert.equal(weights.metadata.total_size, "11");
  const missing = await refused("E_WEIGHT_MISMATCH", () => weights.read("c"));
  assert.match(missing.message, /no tensor named "c"/);
  await weights.close();
  await write({ a: "model-2.safetensors" });
  await refused("E_WEIGHT_MISMATCH", () => openSharded(index));
  await write({ a: "model-3.safetensors" });
  assert.match((await refused("E_FILE_NOT_FOUND", () => openSharded(index))).message, /model-3/);
  for (const outside of ["../x.safetensors", "/etc/passwd", "..", 5]) {
    await write({ a: outside });
    await refused("E_FILE_FORMAT", () => openSharded(index));
  }
});

test("what cannot be written is refused and leaves nothing behind", async (t) => {
  const folder = await scratch(t);
  const path = join(folder, "a.safetensors");
  const one = filled("float32", [2], 0);
  await refused("E_FILE_FORMAT", () =>
    writeSafetensors(path, [
      ["a", one],
      ["a", one],
    ] as [string, HostArray][]),
  );
  await refused("E_FILE_FORMAT", () => writeSafetensors(path, { __metadata__: one }));
  await refused("E_FILE_FORMAT", () => writeSafetensors(path, { a: { ...one, shape: [3] } }));
  assert.deepEqual(await readdir(folder), []);
});

test("weights are found by path, or the error says what to put there", async (t) => {
  const folder = await scratch(t);
  await refused("E_FILE_NOT_FOUND", () => openWeights(join(folder, "none")));
  assert.match(
    (await refused("E_WEIGHTS_UNAVAILABLE", () => openWeights(folder))).hint,
    /model\.safetensors/,
  );
  await writeFile(join(folder, "a.gguf"), "x");
  await refused("E_FILE_FORMAT", () => openWeights(join(folder, "a.gguf")));
});

const fixture = "../shared/fixtures/models/stories260K/model.safetensors";

test(
  "a model written by the reference implementation opens",
  { skip: !existsSync(fixture) && `${fixture} is not there` },
  async () => {
    const weights = await openWeights(fixture);
    assert.ok(weights.names.length > 5);
    for (const name of weights.names) {
      const { data, shape } = await weights.read(name);
      assert.equal(
        data.length,
        shape.reduce((a, b) => a * b, 1),
      );
      assert.ok(data.every((x) => Number.isFinite(Number(x))));
    }
    await weights.close();
  },
);
