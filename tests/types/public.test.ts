import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compile,
  defineOp,
  full,
  GradlabError,
  matmul,
  sum,
  tensor,
  Variable,
  zerosArray,
  type DType,
  type ErrorCode,
  type OpName,
  type SaveOptions,
  type Tensor,
} from "gradlab";

/** Compiles only when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(equal: Same<A, B>): void => assert.ok(equal);

/** The lines below are checked by the compiler; they are never run. */
const neverRun = (...lines: readonly (() => unknown)[]): void => void lines;

test("a compiled function keeps the types of its arguments and of what it returns", () => {
  const one = compile((x: Tensor) => x.exp());
  same<typeof one, (x: Tensor) => Promise<Tensor>>(true);
  const named = compile((x: Tensor, y: Tensor) => ({ loss: x.mul(y), norm: y }));
  same<Awaited<ReturnType<typeof named>>, { loss: Tensor; norm: Tensor }>(true);
  neverRun(
    // @ts-expect-error TS2345: numbers are not tensors
    () => one(3),
    // @ts-expect-error TS2345: what is traced must be tensors
    () => compile((x: Tensor) => x.rank),
  );
});

test("methods that ops declare reach whoever imports gradlab", () => {
  same<ReturnType<Tensor["matmul"]>, Tensor>(true);
  same<Parameters<Tensor["slice"]>, [start: number, end?: number, axis?: number, step?: number]>(true);
  neverRun(
    // @ts-expect-error TS2339: no such op
    () => tensor([1]).cosine(),
    // @ts-expect-error TS2353: no such option
    () => matmul(tensor([1]), tensor([1]), { transpose: true }),
    // @ts-expect-error TS2353: the option is called axes
    () => sum(tensor([1]), { axis: 0 }),
  );
});

test("an op without a gradient rule, or without the reason why, does not compile", () => {
  const whole = {
    name: "twice",
    doc: "2x",
    traits: ["elementwise"] as const,
    shape: () => [],
    reference: () => [],
    samples: () => [],
  };
  neverRun(
    // @ts-expect-error TS2345: vjp is missing
    () => defineOp(whole),
    // @ts-expect-error TS2322: a trait that no pass knows
    () => defineOp({ ...whole, traits: ["fast"], vjp: { nondifferentiable: "it is an example" } }),
    () => defineOp({ ...whole, vjp: { nondifferentiable: "it is an example" } }),
  );
  const table: Partial<Record<OpName, string>> = { matmul: "Gemm" };
  // @ts-expect-error TS2741 and the like: a lowering table with holes
  const holes: Record<OpName, string> = table;
  assert.ok(holes);
});

test("closed sets are closed", () => {
  same<Extract<DType, "float16" | "complex64">, "float16">(true);
  same<Extract<ErrorCode, "E_SHAPE" | "E_SHAPES">, "E_SHAPE">(true);
  same<NonNullable<SaveOptions["dtype"]>, "float32" | "float16" | "bfloat16">(true);
  neverRun(
    // @ts-expect-error TS2345: no such code
    () => new GradlabError("E_OOPS", "x"),
    // @ts-expect-error TS2345: no such dtype
    () => full([1], 0, "float8"),
    () => new Variable(zerosArray([1]), "w").assign(tensor([1])),
    // @ts-expect-error TS2345: a number is not a tensor
    () => new Variable(zerosArray([1]), "w").assign(1),
  );
});
