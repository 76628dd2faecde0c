import { sizeOf, type Shape } from "../../../tensor/index.js";
import { softmaxKernel } from "../../jit/index.js";
import { one, type LowerContext } from "./context.js";

/** Elements below which the library's operator is as good. */
const SMALLEST = 4096;

/** Whether rows of this shape are a kernel's. */
export const softmaxInKernel = ({ kernels, node }: LowerContext, shape: Shape): boolean =>
  kernels && node.inputs[0].dtype === "float32" && sizeOf(shape) >= SMALLEST && shape[shape.length - 1] >= 8;

/**
 * softmax over the last axis.
 *
 * @param time in a kernel only: row r sees its first width − time + 1 + (r mod time) elements, the others get 0
 */
export function softmaxOf(context: LowerContext, x: string, shape: Shape, time?: number): string {
  const { model } = context;
  if (!softmaxInKernel(context, shape)) return one(model, "Softmax", [x], { axis: -1 });
  const width = shape[shape.length - 1];
  return model.native(softmaxKernel({ rows: sizeOf(shape) / width, width, time }, shape), [x])[0];
}
