import { Variable } from "../graph/index.js";
import { allocate, hostArray, type HostArray } from "../tensor/index.js";
import { Linear } from "./linear.js";

/**
 * One layer that gives the outputs of several side by side, over copies of their present weights: one product
 * instead of three for queries, keys and values. Undefined where they do not fit together (adapters, a bias on some
 * only, different storage) or have no computed weights.
 */
export function fuseLinears(layers: readonly Linear[]): Linear | undefined {
  const [first] = layers;
  if (!layers.every((layer) => fits(layer, first))) return undefined;
  const name = layers.map((layer) => layer.name).join("+");
  const below = (part: string, of: (layer: Linear) => Variable): Variable | undefined =>
    stack(`${name}${part}`, layers.map(of));
  const weight = first.blocks ? first.weight : below("", (layer) => layer.weight);
  const packed = first.blocks && below(".packed", ({ blocks }) => blocks!.packed);
  const scales = first.blocks && below(".scales", ({ blocks }) => blocks!.scales);
  const bias = first.bias && below(".bias", (layer) => layer.bias!);
  if (!weight || (first.blocks && !(packed && scales)) || (first.bias && !bias)) return undefined;
  const fused = new Linear(name, weight, bias);
  if (first.blocks && packed && scales) fused.blocks = { ...first.blocks, packed, scales };
  return fused;
}

const fits = ({ weight, bias, delta, hook, layout, blocks }: Linear, first: Linear): boolean =>
  !delta &&
  !hook &&
  layout === "out-in" &&
  weight.dtype === first.weight.dtype &&
  bias?.dtype === first.bias?.dtype &&
  blocks?.bits === first.blocks?.bits &&
  blocks?.block === first.blocks?.block;

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
