import { createHash } from "node:crypto";
import { toFloat32 } from "../tensor/index.js";
import type { StoredModel } from "./architecture.js";
import { isQuantized } from "./weights.js";

/**
 * The SHA-256 of a model's weights, in hex: of every parameter's name, shape and values as float32, in the order of the
 * names. It does not depend on the kind, the number or the half-precision type of the files they came from, nor on an adapter
 * that is not merged.
 *
 * @returns undefined for weights in blocks, which stand for others
 * @example await hashWeights(model) // "5f0c…"
 */
export async function hashWeights(model: StoredModel): Promise<string | undefined> {
  if (isQuantized(model)) return undefined;
  const hash = createHash("sha256");
  for (const name of [...model.parameters.keys()].sort()) {
    const { shape, data } = toFloat32(await model.parameters.get(name)!.array());
    hash.update(`${name}\n${shape.join(",")}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
