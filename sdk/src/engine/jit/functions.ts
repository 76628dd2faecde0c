import { constantOperand, V, type Assembler, type VectorOp } from "./assembler.js";

/** Vector registers that are free; a value gives its register back after its last use. */
export class Registers {
  readonly #free: number[];

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, i) => count - 1 - i);
  }

  get left(): number {
    return this.#free.length;
  }

  /** @throws when none is left */
  take(): number {
    const register = this.#free.pop();
    if (register === undefined) throw new Error("a fused expression needs more registers than there are");
    return register;
  }

  give(register: number): void {
    this.#free.push(register);
  }
}

/** The most registers a function below takes for itself. */
export const TEMPORARIES = 4;

/** y = f(x) on 16 lanes. x may be overwritten only where it is y. */
export type VectorFunction = (asm: Assembler, registers: Registers, y: number, x: number) => void;

const constant = (asm: Assembler, op: VectorOp, to: number, a: number, value: number): void =>
  asm.vector(op, to, a, constantOperand(value), { broadcast: true });

/** y = ((c₀ x + c₁) x + c₂) x + … */
function polynomial(asm: Assembler, y: number, x: number, coefficients: readonly number[]): void {
  asm.broadcastConstant(y, coefficients[0]);
  for (const c of coefficients.slice(1)) constantAdd(asm, y, x, c);
}

/** y = y · x + c */
const constantAdd = (asm: Assembler, y: number, x: number, c: number): void =>
  asm.vector(V.fma213, y, x, constantOperand(c), { broadcast: true });

/** Bounded to [−limit, limit]; a NaN stays one, since the second source of min and max wins. */
function clamp(asm: Assembler, [y, bound]: readonly [number, number], x: number, limit: number): void {
  asm.broadcastConstant(bound, limit);
  asm.vector(V.min, y, bound, x);
  asm.broadcastConstant(bound, -limit);
  asm.vector(V.max, y, bound, y);
}

/**
 * eˣ = 2ⁿ · e^r, n = round(x / ln 2), |r| ≤ ln 2 / 2; within 2 units in the last place.
 *
 * @source Cephes mathematical library (Moshier 1989), expf: splitting of ln 2 and polynomial
 */
export const expOf: VectorFunction = (asm, registers, y, x) => {
  const [n, r] = [registers.take(), registers.take()];
  clamp(asm, [r, n], x, 110);
  constant(asm, V.mul, n, r, Math.LOG2E);
  asm.vector(V.round, n, 0, n, { immediate: 8 });
  asm.vector(V.fnma231, r, n, constantOperand(0.693359375), { broadcast: true });
  asm.vector(V.fnma231, r, n, constantOperand(-2.1219444e-4), { broadcast: true });
  polynomial(asm, y, r, [1.9875691e-4, 1.39819995e-3, 8.33345191e-3, 4.16657959e-2, 0.166666657, 0.5, 1, 1]);
  asm.vector(V.scale, y, y, n);
  registers.give(n);
  registers.give(r);
};

/** 1 / (1 + e⁻ˣ) */
export const sigmoidOf: VectorFunction = (asm, registers, y, x) => {
  const t = registers.take();
  asm.vector(V.xor, t, x, { base: 0, pool: SIGN_BIT }, { broadcast: true });
  expOf(asm, registers, t, t);
  constant(asm, V.add, t, t, 1);
  asm.broadcastConstant(y, 1);
  asm.vector(V.div, y, y, t);
  registers.give(t);
};

const SIGN_BIT = new Uint8Array(Uint32Array.of(0x80000000).buffer);
const ALL_BUT_SIGN = new Uint8Array(Uint32Array.of(0x7fffffff).buffer);

/** x · p(x²) / q(x²) for x bounded to ±limit */
const rational =
  (limit: number, p: readonly number[], q: readonly number[]): VectorFunction =>
  (asm, registers, y, x) => {
    const [bounded, square, denominator] = [registers.take(), registers.take(), registers.take()];
    clamp(asm, [bounded, square], x, limit);
    asm.vector(V.mul, square, bounded, bounded);
    polynomial(asm, denominator, square, q);
    polynomial(asm, y, square, p);
    asm.vector(V.mul, y, y, bounded);
    asm.vector(V.div, y, y, denominator);
    [bounded, square, denominator].forEach((register) => registers.give(register));
  };

/** @source coefficients as in Eigen's float tanh: a rational fit of degree 13 over 6, within 3 units in the last place */
export const tanhOf = rational(
  7.90531,
  [
    -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8,
    1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3,
  ],
  [1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3],
);

/** @source coefficients as in Eigen's float erf: a rational fit of degree 13 over 8 */
export const erfOf = rational(
  4,
  [
    -2.72614225801306e-10, 2.77068142495902e-8, -2.10102402082508e-6, -5.69250639462346e-5,
    -7.34990630326855e-4, -2.95459980854025e-3, -1.60960333262415e-2,
  ],
  [
    -1.45660718464996e-5, -2.13374055278905e-4, -1.68282697438203e-3, -7.37332916720468e-3,
    -1.42647390514189e-2,
  ],
);

/** x · σ(x) */
export const siluOf: VectorFunction = (asm, registers, y, x) => {
  const t = registers.take();
  sigmoidOf(asm, registers, t, x);
  asm.vector(V.mul, y, t, x);
  registers.give(t);
};

/** x · σ(2u), u = √(2/π)(x + 0.044715 x³): the same as 0.5x(1 + tanh u) */
export const geluTanhOf: VectorFunction = (asm, registers, y, x) => {
  const t = registers.take();
  const slope = 2 * Math.sqrt(2 / Math.PI);
  asm.vector(V.mul, t, x, x);
  constant(asm, V.mul, t, t, slope * 0.044715);
  constant(asm, V.add, t, t, slope);
  asm.vector(V.mul, t, t, x);
  sigmoidOf(asm, registers, t, t);
  asm.vector(V.mul, y, t, x);
  registers.give(t);
};

/** 0.5x(1 + erf(x / √2)) */
export const geluOf: VectorFunction = (asm, registers, y, x) => {
  const t = registers.take();
  constant(asm, V.mul, t, x, Math.SQRT1_2);
  erfOf(asm, registers, t, t);
  constant(asm, V.add, t, t, 1);
  constant(asm, V.mul, t, t, 0.5);
  asm.vector(V.mul, y, t, x);
  registers.give(t);
};

export const negOf: VectorFunction = (asm, _, y, x) =>
  asm.vector(V.xor, y, x, { base: 0, pool: SIGN_BIT }, { broadcast: true });

export const absOf: VectorFunction = (asm, _, y, x) =>
  asm.vector(V.and, y, x, { base: 0, pool: ALL_BUT_SIGN }, { broadcast: true });

export const sqrtOf: VectorFunction = (asm, _, y, x) => asm.vector(V.sqrt, y, 0, x);

export const squareOf: VectorFunction = (asm, _, y, x) => asm.vector(V.mul, y, x, x);

/** max(0, x), where a NaN stays one */
export const reluOf: VectorFunction = (asm, registers, y, x) => {
  const zero = registers.take();
  asm.vector(V.xor, zero, zero, zero);
  asm.vector(V.max, y, zero, x);
  registers.give(zero);
};

export const reciprocalOf: VectorFunction = (asm, registers, y, x) => {
  const one = registers.take();
  asm.broadcastConstant(one, 1);
  asm.vector(V.div, y, one, x);
  registers.give(one);
};
