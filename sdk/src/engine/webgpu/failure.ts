import { GradlabError } from "../../errors.js";
import { translateFailure } from "../onnx/failure.js";

const TOO_LARGE = /Buffer size \((\d+)\) exceeds the max buffer size limit \((\d+)\)/;
const MEMORY = /OUT_OF_DEVICE_MEMORY|OUT_OF_HOST_MEMORY|Invalid Buffer|out of memory/i;
const ADAPTER = /Failed to get a WebGPU adapter|Failed to get a WebGPU device/i;

const SMALLER = "Use a smaller batch or shorter rows, or split the largest tensor.";
const CPU_LEVER = 'Or run on the CPU: `await useDevice("cpu")`.';

/** A message of the GPU library as an error in the user's words. */
export function translateGpuFailure(error: unknown): GradlabError {
  const message = error instanceof Error ? error.message : String(error);
  const [, asked, limit] = TOO_LARGE.exec(message) ?? [];
  if (limit) {
    const [wants, has] = [asked, limit].map((bytes) => Math.ceil(Number(bytes) / 2 ** 20));
    return new GradlabError(
      "E_DEVICE",
      `A tensor of ${wants} MiB exceeds what this GPU allows for one, ${has} MiB.`,
      {
        hint: `${SMALLER} ${CPU_LEVER}`,
        cause: message,
      },
    );
  }
  if (MEMORY.test(message)) {
    return new GradlabError("E_DEVICE", "The GPU has no room for one of the program's values.", {
      hint: `${SMALLER} ${CPU_LEVER}`,
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
    return new GradlabError("E_DEVICE", "No driver of a GPU (Vulkan, Metal or Direct3D 12) answers.", {
      cause: message,
    });
  }
  return translateFailure(message);
}
