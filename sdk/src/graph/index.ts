// Batch → Graph: what is to be computed, without computing it. Knows no engine.
export * from "./apply.js";
export * from "./decompose.js";
export * from "./evaluate.js";
export { backward, endsGradients, provideGradOps, STOP } from "./backward.js";
export { checkpoint } from "./checkpoint.js";
export { customVjp, type CustomVjpContext } from "./custom-vjp.js";
export { grad, independent, valueAndGrad, type GradientsOf, type GradOptions } from "./grad.js";
export * from "./node.js";
export * from "./origin.js";
export * from "./op.js";
export { hessianVectorProduct, jvp, vjp } from "./products.js";
export * from "./tensor.js";
export { fillTree, leavesOf, type TensorsLike, type TensorTree } from "./tree.js";
export * from "./variable.js";
export * from "./walk.js";
export * from "./program-graph.js";
export * from "./simplify.js";
