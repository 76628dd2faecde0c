// Started by probe.ts in a process of its own, since a broken driver may end the one that asks it.
import { GradlabError } from "../../errors.js";
import { GpuDevice } from "./device.js";
import { prepareDriver } from "./driver.js";
import { listAdapters } from "./vulkan.js";

const driver = process.argv[2] || undefined;
try {
  const loader = await prepareDriver(driver);
  const [adapter] = loader ? listAdapters(loader) : [];
  if (loader && !adapter) throw new Error("Vulkan finds no driver.");
  const gpu = await GpuDevice.open(driver);
  const sent = Float32Array.from({ length: 8 }, (_, i) => i);
  const storage = await gpu.upload({ dtype: "float32", shape: [8], data: sent });
  const { data } = await storage.read();
  if (String(data) !== String(sent)) throw new Error("Values come back changed.");
  console.log(JSON.stringify({ adapter }));
} catch (error) {
  console.log(JSON.stringify({ reason: sentenceOf(error) }));
}

function sentenceOf(error: unknown): string {
  if (error instanceof GradlabError) return error.sentence;
  return error instanceof Error ? error.message : String(error);
}
