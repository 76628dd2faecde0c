// A fine-tuning run in a process of its own, to be killed: node kill-child.js OUTPUT_DIR resume|fresh OPTIMIZER
import { ModelFineTuner, type OptimizerName } from "gradlab";
import { copyRows, tinyModel } from "./tiny.js";

const [outputDir, mode, optimizer] = process.argv.slice(2);
const job = new ModelFineTuner({
  baseModel: tinyModel(),
  trainingData: copyRows(64),
  evalData: copyRows(8, 2),
  adapter: { r: 4 },
  outputDir,
}).run({
  maxSteps: 24,
  batchSize: 8,
  microBatchSize: 4,
  checkpointEvery: 1,
  resume: mode === "resume",
  optimizer: optimizer as OptimizerName,
});
job.on("step", ({ step }) => process.send?.({ step }));
await job;
process.send?.({ done: true });
process.disconnect?.();
