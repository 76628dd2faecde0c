// Which operators of each op run on the CPU although the program is for the GPU:
//   node scripts/dist/gpu/placement.js
// The library tells only in its log, so the sessions are made in a process whose log is read.
import { execFile } from "node:child_process";
import { writeSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InferenceSession } from "onnxruntime-node";
import {
  applyAll,
  capture,
  fromNumbers,
  fromArray,
  OPS,
  sizeOf,
  WebGpuEngine,
  writeOnnx,
  type AnyOp,
  type SampleInput,
} from "gradlab";

const MARK = "@@op ";
const LOG_BYTES = 2 ** 28;

/** For each op with operators on the CPU: their names. Ops that run on the GPU alone are left out. */
export function placements(): Promise<ReadonlyMap<string, readonly string[]>> {
  const options = { maxBuffer: LOG_BYTES };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [fileURLToPath(import.meta.url), "log"], options, (error, _, log) => {
      if (error)
        reject(new Error(`The process that makes the sessions failed: ${error.message.slice(0, 200)}`));
      else resolve(parse(log));
    });
  });
}

function parse(log: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  let op = "";
  let onCpu = false;
  for (const line of log.split("\n")) {
    if (line.startsWith(MARK)) op = line.slice(MARK.length);
    const place = /placed on \[(\w+)\]/.exec(line);
    if (place) {
      onCpu = place[1] === "CPUExecutionProvider";
      if (onCpu && line.includes("All nodes")) found.set(op, (found.get(op) ?? new Set()).add("all"));
    }
    const node = /\] +(\w+) \(/.exec(line);
    if (node && onCpu) found.set(op, (found.get(op) ?? new Set()).add(node[1]));
  }
  return new Map([...found].map(([name, types]) => [name, [...types].sort()]));
}

/** Samples of ops in the types that models compute with. */
const isCommon = ({ dtype }: SampleInput): boolean =>
  ["float32", "int32", "uint32", "bool", "uint8"].includes(dtype);

async function logSessions(): Promise<void> {
  await new WebGpuEngine().ready();
  for (const op of Object.values(OPS) as unknown as AnyOp[]) {
    for (const { inputs, attrs } of op.samples().filter((sample) => sample.inputs.every(isCommon))) {
      const leaves = inputs.map(({ shape, dtype, values }) =>
        fromArray(fromNumbers(values ?? new Float64Array(sizeOf(shape)), shape, dtype)),
      );
      const { bytes, cpuNodes } = writeOnnx(capture(applyAll(op, leaves, attrs), { inputs: leaves }), {
        device: "webgpu",
      });
      const floats = inputs.every(({ dtype }) => dtype === "float32");
      writeSync(
        2,
        `${MARK}${op.name}${floats ? "" : ` (${[...new Set(inputs.map(({ dtype }) => dtype))].join(", ")})`}\n`,
      );
      try {
        await InferenceSession.create(bytes, {
          executionProviders: [
            { name: "webgpu", ...(cpuNodes.length > 0 ? { forceCpuNodeNames: cpuNodes } : {}) },
          ],
          graphOptimizationLevel: "disabled",
          logSeverityLevel: 0,
        });
      } catch {
        // Types that the binding cannot pass have no session.
      }
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv[2] === "log") await logSessions();
  else for (const [op, types] of await placements()) console.log(`${op}: ${types.join(", ")}`);
}
