import { Variable } from "../graph/index.js";
import { allocate, hostArray, type HostArray } from "../tensor/index.js";
import { Linear } from "./linear.js";

/**
 * One layer that gives the outputs of several side by side, over copies of their present weights: one product
 * instead of three for queries, keys and values. Undefined where they do not fit together (adapters, biases,
 * different storage) or have no computed weights.
 */
export function fuseLinears(layers: readonly Linear[]): Linear | undefined {
  const [first] = layers;
  const alike = layers.every(
    ({ bias, delta, layout, blocks }) =>
      !bias &&
      !delta &&
      layout === "out-in" &&
      blocks?.bits === first.blocks?.bits &&
      blocks?.block === first.blocks?.block,
  );
  if (!alike) return undefined;
  const name = layers.map((layer) => layer.name).join("+");
  const weight = first.blocks
    ? first.weight
    : stack(
        name,
        layers.map((layer) => layer.weight),
      );
  const packed =
    first.blocks &&
    stack(
      `${name}.packed`,
      layers.map(({ blocks }) => blocks!.packed),
    );
  const scales =
    first.blocks &&
    stack(
      `${name}.scales`,
      layers.map(({ blocks }) => blocks!.scales),
    );
  if (!weight || (first.blocks && !(packed && scales))) return undefined;
  const fused = new Linear(name, weight);
  if (first.blocks && packed && scales) fused.blocks = { ...first.blocks, packed, scales };
  return fused;
}

/** Rows of one variable below those of another. */
function stack(name: string, parts: readonly Variable[]): Variable | undefined {
  const arrays = parts.map((part) => part.storage?.array);
  if (arrays.some((array) => !array)) return undefined;
  const known = arrays as HostArray[];
  const data = allocate(
    known[0].dtype,
    known.reduce((sum, array) => sum + array.data.length, 0),
  );
  let at = 0;
  for (const array of known) {
    (data as Float32Array).set(array.data as Float32Array, at);
    at += array.data.length;
  }
  const rows = known.reduce((sum, array) => sum + array.shape[0], 0);
  return new Variable(hostArray(data, [rows, ...known[0].shape.slice(1)], known[0].dtype), name, false);
}
