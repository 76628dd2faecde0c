import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { llamaConfig, type LlamaShape, type TensorSpec } from "../weights/index.js";
import { llamaOnnx } from "./llama.js";
import type { OnnxBits } from "./matrix.js";

/** transformers.js's names of dtypes, with the bits behind them. */
export const ONNX_FILES = {
  fp32: { file: "model.onnx", bits: { linear: 32, table: 32 } },
  q8: { file: "model_quantized.onnx", bits: { linear: 8, table: 8 } },
  q4: { file: "model_q4.onnx", bits: { linear: 4, table: 8 } },
} as const satisfies Readonly<Record<string, { file: string; bits: OnnxBits }>>;

export type OnnxScheme = keyof typeof ONNX_FILES;

/** Writes config.json and onnx/<file> unless the folder has them; without an end token, so that nothing stops early. */
export function writeOnnxFolder(
  dir: string,
  shape: LlamaShape,
  tensors: readonly TensorSpec[],
  scheme: OnnxScheme,
): void {
  const { file, bits } = ONNX_FILES[scheme];
  const path = join(dir, "onnx", file);
  if (existsSync(path)) return;
  mkdirSync(join(dir, "onnx"), { recursive: true });
  const { eos_token_id: _, ...config } = llamaConfig(shape);
  writeFileSync(join(dir, "config.json"), JSON.stringify(config, null, 2) + "\n");
  writeFileSync(path + ".tmp", llamaOnnx(shape, tensors, bits));
  renameSync(path + ".tmp", path);
}
