// What has to be seen on a real GPU, in one command; prints a short report in Markdown:
//   npm run build && node scripts/dist/gpu/confirm.js [driver]
// The driver is "system" (default), "software" or a Vulkan ICD file. Times are medians of wall clocks: use a quiet machine.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  AdamW,
  compile,
  createModel,
  crossEntropy,
  devices,
  evaluate,
  grad,
  ids,
  matmul,
  Random,
  reshape,
  useDevice,
  Variable,
  fromNumbers,
  type DeviceReport,
  type Tensor,
} from "gradlab";
import { placements } from "./placement.js";

const driver = process.argv[2] ?? "system";
process.env.GRADLAB_WEBGPU_DRIVER = driver;
const TESTS = fileURLToPath(new URL("../../../tests/dist/engine/webgpu/", import.meta.url));
const RUNS = 7;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Median milliseconds of runs behind two that only warm up. */
async function milliseconds(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < RUNS + 2; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return median(times.slice(2));
}

function product(size: number): () => Promise<unknown> {
  const random = new Random(1);
  const square = (name: string): Variable =>
    new Variable(
      fromNumbers(
        Float64Array.from({ length: size * size }, () => random.normal()),
        [size, size],
      ),
      name,
    );
  const [a, b] = [square("a"), square("b")];
  // One number is read, so that the time is that of the whole product.
  const run = compile(() => matmul(a, b).sum());
  return async () => (await run()).item();
}

/** A training step of a Llama of 4 layers and width 256 on 8 × 128 tokens. */
function trainingStep(): () => Promise<unknown> {
  const vocabulary = 4096;
  const model = createModel({
    model_type: "llama",
    vocab_size: vocabulary,
    hidden_size: 256,
    intermediate_size: 704,
    num_hidden_layers: 4,
    num_attention_heads: 8,
    max_position_embeddings: 128,
  });
  const parameters = [...model.parameters.values()];
  const optimizer = new AdamW(parameters);
  const step = compile((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(model.forward(x), reshape(y, [-1]));
    optimizer.assign(grad(loss, parameters));
    return loss;
  });
  const random = new Random(1);
  const rows = ids(
    Array.from({ length: 8 }, () => Array.from({ length: 128 }, () => random.integer(vocabulary))),
  );
  return async () => {
    await evaluate([rows]);
    optimizer.advance();
    return (await step(rows, rows)).item();
  };
}

async function timesOn(device: "cpu" | "webgpu", small: boolean): Promise<Readonly<Record<string, number>>> {
  await useDevice(device);
  const size = small ? 128 : 2048;
  const times: Record<string, number> = {
    [`product ${size}³ and its sum`]: await milliseconds(product(size)),
  };
  if (!small) times["training step (Llama 4 × 256, 8 × 128 tokens)"] = await milliseconds(trainingStep());
  return times;
}

function runTests(): string {
  const { stdout, status } = spawnSync(
    process.execPath,
    ["--test", ...["contract", "values", "training", "devices"].map((name) => `${TESTS}${name}.test.js`)],
    { encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  const count = (name: string): string => new RegExp(`^# ${name} (\\d+)`, "m").exec(stdout)?.[1] ?? "?";
  const failed = [...stdout.matchAll(/^not ok \d+ - (.*)$/gm)].map(([, name]) => `\n  - ${name}`);
  return `${status === 0 ? "passed" : "FAILED"}: ${count("pass")} pass, ${count("fail")} fail, ${count("skipped")} skipped${failed.join("")}`;
}

const described = ({ adapter, kind, memory, maxTensor }: DeviceReport): string =>
  `${adapter ?? "unknown name"} (${kind}), memory ${memory ?? "?"} bytes, largest binding ${maxTensor ?? "?"} bytes`;

async function report(): Promise<void> {
  const [cpu, gpu] = await devices();
  console.log(
    `# WebGPU on ${process.platform}-${process.arch}, Node ${process.versions.node}, driver ${driver}\n`,
  );
  console.log(`- CPU: ${described(cpu)}`);
  if (!gpu.available) throw new Error(`no GPU: ${gpu.reason}`);
  console.log(`- GPU: ${described(gpu)}`);
  const used = await useDevice("webgpu");
  console.log(`- self-check: ${used.device === "webgpu" ? "passed" : "FAILED, see the warning above"}`);
  console.log(`- tests: ${runTests()}`);
  const aside = [...(await placements())].map(([op, types]) => `${op} [${types.join(", ")}]`);
  console.log(`- ops with operators on the CPU: ${aside.join("; ")}\n`);
  if (used.device !== "webgpu") return;
  const small = gpu.kind === "software";
  const [onCpu, onGpu] = [await timesOn("cpu", small), await timesOn("webgpu", small)];
  console.log("| median of 7, ms | CPU | GPU |\n| --- | --- | --- |");
  for (const [name, ms] of Object.entries(onCpu)) {
    console.log(`| ${name} | ${ms.toFixed(1)} | ${onGpu[name].toFixed(1)} |`);
  }
}

await report();
