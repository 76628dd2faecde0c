import { GradlabError } from "../../errors.js";
import { translateFailure } from "../onnx/failure.js";

const MEMORY = /OUT_OF_DEVICE_MEMORY|OUT_OF_HOST_MEMORY|max buffer size|Invalid Buffer|out of memory/i;
const ADAPTER = /Failed to get a WebGPU adapter|RequestAdapter|adapter|CreateInstance|no supported adapters/i;

export const CPU_LEVER = 'Run on the CPU: `await useDevice("cpu")`.';

/** A message of the GPU library as an error in the user's words. */
export function translateGpuFailure(error: unknown): GradlabError {
  const message = error instanceof Error ? error.message : String(error);
  if (MEMORY.test(message)) {
    return new GradlabError("E_DEVICE", "The GPU has no room for one of the program's values.", {
      hint: `Use a smaller batch or shorter rows, or split the largest tensor. ${CPU_LEVER}`,
      cause: message,
    });
  }
  if (message.includes("requires f16")) {
    return new GradlabError("E_DTYPE", "This GPU has no arithmetic on float16.", {
      hint: `Cast to "float32" before. ${CPU_LEVER}`,
      cause: message,
    });
  }
  if (ADAPTER.test(message)) {
    return new GradlabError("E_DEVICE", "No GPU adapter answers.", { cause: message });
  }
  return translateFailure(message);
}
