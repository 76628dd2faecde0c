// Makes one ONNX session, here or in a worker, so that a library that reports its use would do so.
import { fileURLToPath } from "node:url";
import { isMainThread, Worker } from "node:worker_threads";
import { OnnxEngine, runtime, tensor, useEngine } from "gradlab";

const [via, place] = process.argv.slice(2);

async function report(): Promise<void> {
  useEngine(new OnnxEngine({ via: via as "c-api" | "binding" }));
  const y = tensor(new Float32Array(4096).fill(1)).add(1);
  const value = Number((await y.data())[0]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  console.log(JSON.stringify({ value, programs: runtime().engine.memory().programs }));
}

if (place === "worker" && isMainThread)
  new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2) });
else await report();
