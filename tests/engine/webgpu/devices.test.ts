import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  devices,
  findSoftwareDriver,
  GradlabError,
  OnnxEngine,
  ReferenceEngine,
  runtime,
  selfCheck,
  tensor,
  useDevice,
  useEngine,
  type Graph,
  type Program,
} from "gradlab";
import { refused } from "../../refused.js";
import { DRIVER, NEEDS_ADAPTER } from "./adapter.js";

const root = await mkdtemp(join(tmpdir(), "gradlab-devices-"));
after(() => rm(root, { recursive: true, force: true }));
after(() => useEngine(new OnnxEngine()));

/** A Vulkan driver description that names some library. */
async function driverNaming(library: string): Promise<string> {
  const path = join(root, `${library.replaceAll("/", "_")}.json`);
  const description = { file_format_version: "1.0.0", ICD: { library_path: library, api_version: "1.1.0" } };
  await writeFile(path, JSON.stringify(description));
  return path;
}

test("the CPU is always there; the adapter is named with its memory and limit", NEEDS_ADAPTER, async () => {
  const [cpu, gpu] = await devices({ driver: DRIVER });
  assert.ok(cpu.available && cpu.adapter && cpu.kind === "cpu");
  assert.deepEqual([gpu.device, gpu.available, gpu.reason], ["webgpu", true, undefined]);
  if (DRIVER !== "software") return;
  assert.equal(gpu.kind, "software");
  assert.match(gpu.adapter!, /SwiftShader|llvmpipe/);
  assert.ok(gpu.memory! >= 2 ** 28 && gpu.maxTensor! >= 2 ** 27);
});

test("a driver that does not load, or plays dead, is a reason and no crash", NEEDS_ADAPTER, async () => {
  const mock = join(findSoftwareDriver() ?? "", "..", "libVkICD_mock_icd.so");
  for (const library of [join(root, "absent.so"), ...(existsSync(mock) ? [mock] : [])]) {
    const driver = await driverNaming(library);
    const [, gpu] = await devices({ driver });
    assert.equal(gpu.available, false);
    assert.ok(gpu.reason);
    await refused("E_DEVICE", () => useDevice("webgpu", { driver }));
    assert.equal((await useDevice("auto", { driver })).device, "cpu");
  }
});

test("a driver that is not there and a device that does not exist are refused", async () => {
  const error = await refused("E_DEVICE", () => useDevice("webgpu", { driver: join(root, "none.json") }));
  assert.match(error.message, /none\.json/);
  await refused("E_CONFIG", () => useDevice("tpu" as "cpu"));
});

test("auto leaves a software adapter alone; webgpu takes it", NEEDS_ADAPTER, async () => {
  const used = await useDevice("auto", { driver: DRIVER });
  const [, found] = await devices({ driver: DRIVER });
  assert.equal(used.device, found.kind === "software" ? "cpu" : "webgpu");
  assert.equal((await useDevice("webgpu", { driver: DRIVER })).device, "webgpu");
  assert.equal(runtime().engine.device, "webgpu");
  const x = tensor(Array.from({ length: 4096 }, (_, i) => i));
  assert.equal((await x.mul(2).data())[4095], 8190);
  assert.equal((await useDevice("cpu")).device, "cpu");
  assert.equal(runtime().engine.device, "cpu");
});

/** Definitions in double precision, but one result off by a hundredth. */
async function wrongBy(part: number, graph: Graph): Promise<Program> {
  const right = await new ReferenceEngine().compile(graph);
  const run: Program["run"] = async (inputs) => {
    const results = await right.run(inputs);
    const { data } = results[2].array!;
    (data as Float32Array).forEach((value, i) => (data[i] = value * (1 + part)));
    return results;
  };
  return { ...right, run };
}

test("the self-check passes what is right and refuses a gradient that is off by a hundredth", async () => {
  await selfCheck((graph) => new ReferenceEngine().compile(graph));
  await refused("E_DEVICE", () => selfCheck((graph) => wrongBy(0.01, graph)));
  await refused("E_DEVICE", () => selfCheck((graph) => wrongBy(NaN, graph)));
});

test("a GPU that computes wrongly is left with a warning", NEEDS_ADAPTER, async () => {
  const warned = new Promise<string>((resolve) => process.once("warning", ({ message }) => resolve(message)));
  const check = () => Promise.reject(new GradlabError("E_DEVICE", "This GPU computes wrongly."));
  assert.equal((await useDevice("webgpu", { driver: DRIVER, check })).device, "cpu");
  assert.match(await warned, /E_DEVICE This GPU computes wrongly[^]*The CPU is used instead/);
  assert.equal(runtime().engine.device, "cpu");
});
