import { test } from "node:test";
import { OnnxEngine, OPS, type AnyOp } from "gradlab";
import { computesAsDefined } from "./contract.js";

const ENGINES = [new OnnxEngine({ via: "c-api" }), new OnnxEngine({ via: "binding" })];

for (const engine of ENGINES) {
  for (const op of Object.values(OPS) as unknown as AnyOp[]) {
    test(`${engine.name} (${engine.options.via}) computes ${op.name} as its definition does`, () =>
      computesAsDefined(engine, op));
  }
}
