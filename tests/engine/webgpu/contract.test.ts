import { test } from "node:test";
import { OPS, WebGpuEngine, type AnyOp } from "gradlab";
import { computesAsDefined } from "../contract.js";
import { DRIVER, NEEDS_ADAPTER } from "./adapter.js";

const engine = new WebGpuEngine({ driver: DRIVER });

for (const op of Object.values(OPS) as unknown as AnyOp[]) {
  test(`webgpu computes ${op.name} as its definition does`, NEEDS_ADAPTER, () =>
    computesAsDefined(engine, op),
  );
}
