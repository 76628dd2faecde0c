import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { GradlabError, openPt, openWeights, readPt, toNumbers } from "gradlab";
import { places, refused, scratch } from "./scratch.js";

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

test("what is no PyTorch file is refused", async (t) => {
  const path = join(await scratch(t), "x.pt");
  for (const content of ["", "PK", "hello", "PK\u0003\u0004".padEnd(100, "x")]) {
    await writeFile(path, content);
    await refused("E_FILE_FORMAT", () => openPt(path));
  }
  await refused("E_FILE_NOT_FOUND", () => openPt(`${path}.none`));
});
