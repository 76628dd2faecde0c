import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { GradlabError, openPt, openWeights, readPt, toNumbers } from "gradlab";
import { refused } from "../refused.js";
import { places, scratch } from "./scratch.js";

const GOLDEN = fileURLToPath(new URL("../../golden/pt/", import.meta.url));
const pt = (name: string): string => join(GOLDEN, name);

type Expected = Record<string, Record<string, { dtype: string; shape: number[]; values: number[] }>>;
const expected = JSON.parse(readFileSync(pt("expected.json"), "utf8")) as Expected;

for (const [name, tensors] of Object.entries(expected)) {
  test(`${name} gives the values that PyTorch wrote`, async () => {
    const file = await openPt(pt(name));
    assert.deepEqual(file.names.toSorted(), Object.keys(tensors).toSorted());
    for (const [key, { dtype, shape, values }] of Object.entries(tensors)) {
      const array = await file.read(key);
      assert.equal(array.dtype, dtype === "int16" ? "int32" : dtype, key);
      assert.deepEqual(array.shape, shape, key);
      assert.deepEqual(Array.from(toNumbers(array)), values, key);
      assert.equal(file.spec(key).bytes, array.data.byteLength, key);
    }
    await file.close();
  });
}

test("a part of a nested checkpoint is chosen by its key, and the rest can be seen", async () => {
  const all = await openPt(pt("nested.pt"));
  assert.equal(all.values.epoch, 3);
  assert.equal(all.values.lr, 0.125);
  assert.equal(all.values.name, "größe");
  assert.equal(all.values.flag, true);
  assert.equal(all.values.none, null);
  assert.equal(all.values.big, String(2n ** 70n));
  assert.deepEqual([all.values.negative, all.values.far, all.values.device], [-5, -70000, "cpu"]);
  await all.close();
  const model = await readPt(pt("nested.pt"), { at: "model" });
  assert.deepEqual([...model.keys()].slice(0, 3), ["0.weight", "0.bias", "2.weight"]);
  const error = await refused("E_WEIGHT_MISMATCH", () => openPt(pt("nested.pt"), { at: "state_dict" }));
  assert.match(error.hint, /model, optimizer, epoch/);
});

test("openWeights knows the endings", async () => {
  for (const name of ["protocol4.pth", "tensor.bin"]) await (await openWeights(pt(name))).close();
});

const REFUSED: Record<string, RegExp> = {
  "evil-posix.pt": /global posix\.system/,
  "evil-os.pt": /global os\.system/,
  "evil-eval.pt": /global (__builtin__|builtins)\.eval/,
  "evil-import.pt": /global (__builtin__|builtins)\.__import__/,
  "evil-subprocess.pt": /global subprocess\.Popen/,
  "evil-module.pt": /global torch\.nn\.modules\.container\.Sequential/,
  "evil-inst.pt": /opcode 0x69/,
  "evil-ext.pt": /opcode 0x82/,
  "evil-newobj.pt": /opcode 0x81/,
  "evil-call-storage.pt": /calls torch\.FloatStorage/,
  "evil-build.pt": /sets the state of an object/,
  "evil-persistent.pt": /something outside/,
};

for (const [name, message] of Object.entries(REFUSED)) {
  test(`${name} is refused, named, and not run`, async () => {
    const error = await refused("E_UNSAFE_PICKLE", () => openPt(pt(name)));
    assert.match(error.sentence, message);
    assert.match(error.where, /data\.pkl, byte \d+/);
    assert.ok("global" in error.details);
    assert.equal(existsSync("pwned-by-pickle"), false);
  });
}

test("the place of a refused global is that of its opcode", async () => {
  const error = await refused("E_UNSAFE_PICKLE", () => openPt(pt("evil-os.pt")));
  assert.equal(error.details.offset, 2);
});

test("every malicious file has its test", () => {
  const evil = readdirSync(GOLDEN).filter((name) => name.startsWith("evil-"));
  assert.deepEqual(evil.toSorted(), Object.keys(REFUSED).toSorted());
});

test("bombs and impossible tensors are refused before memory is taken", async () => {
  const cases: Record<string, RegExp> = {
    "bomb.pt": /absurdly large/,
    "endless.pt": /nested absurdly/,
    "laughs.pt": /nested absurdly/,
    "expanded-bomb.pt": /absurdly larger/,
    "outside.pt": /reaches past its data/,
    "wrong-size.pt": /wrong size/,
    "no-data.pt": /has no data/,
    "old-format.pt": /before 1\.6/,
  };
  for (const [name, message] of Object.entries(cases)) {
    const error = await refused("E_FILE_FORMAT", () => readPt(pt(name)));
    assert.match(error.message, message, name);
  }
});

test("a changed byte of the weights is noticed", async (t) => {
  const path = join(await scratch(t), "a.pt");
  const bytes = new Uint8Array(await readFile(pt("tensor.bin")));
  const at = Buffer.from(bytes).indexOf(Buffer.from(Float32Array.of(1, 2).buffer));
  bytes[at] ^= 1;
  await writeFile(path, bytes);
  assert.match((await refused("E_FILE_FORMAT", () => readPt(path))).message, /checksum/);
});

test("no damage to a file makes anything but a named error", async (t) => {
  const bad = join(await scratch(t), "bad.pt");
  for (const [name, stride] of [
    ["nested.pt", 61],
    ["protocol4.pth", 29],
    ["deflated.pt", 13],
  ] as const) {
    const bytes = new Uint8Array(await readFile(pt(name)));
    for (const at of places(bytes.length, stride)) {
      const flipped = bytes.slice();
      flipped[at] ^= 0x15;
      for (const damaged of [flipped, bytes.slice(0, at)]) {
        await writeFile(bad, damaged);
        await readPt(bad).catch((error: unknown) => {
          const known =
            error instanceof GradlabError && ["E_FILE_FORMAT", "E_UNSAFE_PICKLE"].includes(error.code);
          assert.ok(known, `${name}, byte ${at}: ${error instanceof Error ? error.stack : String(error)}`);
        });
      }
    }
  }
});

/** The same archive with every size and place in Zip64 fields, as archives beyond 4 GiB have them. */
function toZip64(zip: Buffer): Buffer {
  const end = zip.lastIndexOf(Buffer.from("PK\u0005\u0006"));
  const [count, size, start] = [
    zip.readUInt16LE(end + 10),
    zip.readUInt32LE(end + 12),
    zip.readUInt32LE(end + 16),
  ];
  const entries: Buffer[] = [];
  for (let at = start; at < start + size;) {
    const [name, extra, comment] = [28, 30, 32].map((place) => zip.readUInt16LE(at + place));
    const head = Buffer.from(zip.subarray(at, at + 46 + name));
    const wide = Buffer.alloc(28);
    wide.writeUInt16LE(1, 0);
    wide.writeUInt16LE(24, 2);
    [24, 20, 42].forEach((place, i) => {
      wide.writeBigUInt64LE(BigInt(head.readUInt32LE(place)), 4 + 8 * i);
      head.writeUInt32LE(0xffffffff, place);
    });
    head.writeUInt16LE(28, 30);
    head.writeUInt16LE(0, 32);
    entries.push(head, wide);
    at += 46 + name + extra + comment;
  }
  const directory = Buffer.concat(entries);
  const tail = Buffer.alloc(56 + 20 + 22);
  tail.write("PK\u0006\u0006", 0, "latin1");
  tail.writeBigUInt64LE(44n, 4);
  tail.writeBigUInt64LE(BigInt(count), 24);
  tail.writeBigUInt64LE(BigInt(count), 32);
  tail.writeBigUInt64LE(BigInt(directory.length), 40);
  tail.writeBigUInt64LE(BigInt(start), 48);
  tail.write("PK\u0006\u0007", 56, "latin1");
  tail.writeBigUInt64LE(BigInt(start + directory.length), 64);
  tail.write("PK\u0005\u0006", 76, "latin1");
  tail.fill(0xff, 84, 96);
  return Buffer.concat([zip.subarray(0, start), directory, tail]);
}

test("archives beyond 4 GiB say their sizes in Zip64, which is read", async (t) => {
  const path = join(await scratch(t), "wide.pt");
  const wide = toZip64(await readFile(pt("dtypes.pt")));
  await writeFile(path, wide);
  const [read, plain] = [await readPt(path), await readPt(pt("dtypes.pt"))];
  assert.deepEqual(read, plain);
  for (const at of places(98, 3)) {
    const damaged = Buffer.from(wide);
    damaged[wide.length - 98 + at] ^= 0x40;
    await writeFile(path, damaged);
    await readPt(path).catch((error: unknown) =>
      assert.ok(error instanceof GradlabError && error.code === "E_FILE_FORMAT", String(error)),
    );
  }
});

test("what is no PyTorch file is refused", async (t) => {
  const path = join(await scratch(t), "x.pt");
  for (const content of ["", "PK", "hello", "PK\u0003\u0004".padEnd(100, "x")]) {
    await writeFile(path, content);
    await refused("E_FILE_FORMAT", () => openPt(path));
  }
  await refused("E_FILE_NOT_FOUND", () => openPt(`${path}.none`));
});
