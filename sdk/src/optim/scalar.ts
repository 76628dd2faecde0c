import { HostStorage, Variable } from "../graph/index.js";
import { hostArray } from "../tensor/index.js";

/** One float32 number as storage. */
export const scalarStorage = (value: number): HostStorage =>
  new HostStorage(hostArray(Float32Array.of(value), []));

/** A variable that holds one number. */
export const scalarVariable = (name: string, value = 0): Variable =>
  new Variable(scalarStorage(value), name, false);
