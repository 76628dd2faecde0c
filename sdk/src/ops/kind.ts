import { GradlabError } from "../errors.js";
import { specText, type Spec } from "../graph/index.js";
import { isFloat, isInteger, isUnsigned, type DType } from "../tensor/index.js";

/** What an op computes on: floats, floats and integers, integers only, unsigned ones, truth values, or all of them. */
export type Kind = "float" | "number" | "integer" | "unsigned" | "uint32" | "bool" | "any";

const FOUR_BITS: readonly DType[] = ["int4", "uint4"];

const KINDS: Readonly<Record<Kind, { text: string; holds: (dtype: DType) => boolean; hint: string }>> = {
  float: { text: "floats", holds: isFloat, hint: 'Convert with .cast("float32").' },
  number: {
    text: "floats or integers",
    holds: (dtype) => dtype !== "bool" && !FOUR_BITS.includes(dtype),
    hint: 'Convert with .cast("int32") or .cast("float32").',
  },
  integer: {
    text: "integers",
    holds: (dtype) => isInteger(dtype) && !FOUR_BITS.includes(dtype),
    hint: 'Convert with .cast("uint32").',
  },
  unsigned: {
    text: "uint32 or uint8",
    holds: (dtype) => isUnsigned(dtype) && !FOUR_BITS.includes(dtype),
    hint: 'Convert with .cast("uint32"); negative numbers become their two\'s complement.',
  },
  uint32: {
    text: "uint32",
    holds: (dtype) => dtype === "uint32",
    hint: 'Convert with .cast("uint32").',
  },
  bool: {
    text: "bool",
    holds: (dtype) => dtype === "bool",
    hint: "Compare first, for example with .notEqual(0).",
  },
  any: { text: "values", holds: () => true, hint: "" },
};

/** @throws E_DTYPE naming the operation, what it computes on and what it got */
export function requireKind(operation: string, specs: readonly Spec[], kind: Kind): void {
  const { text, holds, hint } = KINDS[kind];
  const wrong = specs.find(({ dtype }) => !holds(dtype));
  if (wrong)
    throw new GradlabError("E_DTYPE", `${operation} computes on ${text}, got ${specText(wrong)}.`, { hint });
}
