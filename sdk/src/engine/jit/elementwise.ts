import { createHash } from "node:crypto";
import type { Shape } from "../../tensor/index.js";
import { IF, constantOperand, REG, V, type Assembler, type Mem } from "./assembler.js";
import { BINARY, keyOf, passesOf, ROW_SUM, UNARY, type Expression, type Value } from "./expression.js";
import { Registers, TEMPORARIES } from "./functions.js";
import type { NativeKernel } from "./kernel.js";
import { across } from "./softmax.js";

const { rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 } = REG;
/** One register points at each array; three count rows, elements and what is left. */
const POINTERS = [rbx, rbp, rdi, r8, r9, r10, r11, r12, r13, r14, r15];
export const MAX_ARRAYS = POINTERS.length;
const LANES = 16;
/** Elements that a task should have at least: less is not worth a thread's attention. */
const TASK = 16_384;

/** The kernel of an expression. @param shapes of its outputs @throws when it needs more registers than there are */
export function elementwiseKernel(expression: Expression, shapes: readonly Shape[]): NativeKernel {
  const { rows, width, inputs } = expression;
  const perTask = Math.max(1, Math.ceil(TASK / width));
  const hash = createHash("sha1").update(keyOf(expression)).update(JSON.stringify(shapes)).digest("hex");
  return {
    name: `fused_${hash.slice(0, 24)}`,
    inputs: inputs.length,
    outputs: shapes,
    tasks: Math.ceil(rows / perTask),
    mayShare: sharing(expression),
    emit: (asm) => new ExpressionCode(asm, expression, perTask).emit(),
  };
}

/** Every element is read before its place is written, so any array of elements may be written over. */
function sharing({ inputs, outputs, steps }: Expression): [number, number][] {
  return outputs.flatMap((step, output) =>
    steps[step].access === "element"
      ? inputs.flatMap((access, input) => (access === "element" ? [[input, output] as [number, number]] : []))
      : [],
  );
}

/** Whether a kernel for the expression has registers enough. */
export function fits(expression: Expression): boolean {
  const { inputs, outputs } = expression;
  if (inputs.length + outputs.length > MAX_ARRAYS) return false;
  try {
    new ExpressionCode(undefined, expression, 1).emit();
    return true;
  } catch {
    return false;
  }
}

/** The values one pass over a row has to compute, and how often each is still to be read. */
interface Pass {
  readonly steps: readonly number[];
  readonly reads: Map<string, number>;
}

const nameOf = (value: Value): string =>
  "input" in value ? `i${value.input}` : "step" in value ? `s${value.step}` : "";

class ExpressionCode {
  readonly #passes: readonly number[];
  readonly #registers = new Registers(32);
  /** Registers of values of the element at hand; and of the row at hand, which live on. */
  readonly #elements = new Map<string, number>();
  readonly #rows = new Map<string, number>();
  readonly #last: number;

  /** @param asm undefined to try out the registers only */
  constructor(
    readonly asm: Assembler | undefined,
    readonly expression: Expression,
    readonly perTask: number,
  ) {
    this.#passes = passesOf(expression);
    this.#last = Math.max(0, ...this.#passes);
  }

  emit(): void {
    const { asm, expression, perTask } = this;
    if (!asm) return this.#row();
    const { rows, inputs, outputs } = expression;
    const saved = [rbx, rbp, r12, r13, r14, r15];
    asm.push(...saved);
    asm.multiplyImmediate(rax, rsi, perTask);
    const pointers = [...inputs.keys(), ...outputs.map((_, i) => inputs.length + i)];
    // rdi holds the table of arrays and is a pointer itself: it is loaded last.
    for (const array of [
      ...pointers.filter((i) => POINTERS[i] !== rdi),
      ...pointers.filter((i) => POINTERS[i] === rdi),
    ]) {
      asm.loadQuad(POINTERS[array], { base: rdi, disp: array * 8 });
    }
    pointers.forEach((array) => this.#advance(array, rax));
    asm.constant(rdx, rows);
    asm.subtract(rdx, rax);
    asm.compareImmediate(rdx, perTask);
    const fewer = asm.label();
    asm.jumpIf(IF.below, fewer);
    asm.constant(rdx, perTask);
    asm.place(fewer);
    const next = asm.label();
    asm.place(next);
    this.#row();
    pointers.forEach((array) => asm.addImmediate(POINTERS[array], this.#stride(array)));
    asm.addImmediate(rdx, -1);
    asm.jumpIf(IF.notEqual, next);
    asm.pop(...saved.reverse());
    asm.return();
  }

  /** Bytes from row to row. */
  #stride(array: number): number {
    const { inputs, outputs, steps, width } = this.expression;
    const access = array < inputs.length ? inputs[array] : steps[outputs[array - inputs.length]].access;
    return access === "element" ? width * 4 : access === "row" ? 4 : 0;
  }

  #advance(array: number, rows: number): void {
    const stride = this.#stride(array);
    if (!stride) return;
    this.asm!.multiplyImmediate(rcx, rows, stride);
    this.asm!.add(POINTERS[array], rcx);
  }

  #row(): void {
    const { expression } = this;
    for (let pass = 0; pass <= this.#last; pass++) {
      const sums = expression.steps.flatMap(({ op }, i) =>
        op === ROW_SUM && this.#passes[i] === pass + 1 ? [i] : [],
      );
      this.#rowSteps(pass);
      if (pass < this.#last && sums.length === 0) continue;
      this.#pass(sums, pass === this.#last);
    }
    expression.outputs.forEach((step, i) => {
      if (expression.steps[step].access !== "row") return;
      const to = { base: POINTERS[expression.inputs.length + i] };
      this.#one();
      this.asm?.vector(V.store, this.#rows.get(`s${step}`)!, 0, to, { mask: 2 });
    });
    for (const register of this.#rows.values()) this.#registers.give(register);
    this.#rows.clear();
  }

  /** k2 = the first lane */
  #one(): void {
    this.asm?.constant(rcx, 1);
    this.asm?.moveMask(2, rcx);
  }

  /** Steps with one value a row whose operands are there now, in every lane. */
  #rowSteps(pass: number): void {
    this.expression.steps.forEach(({ op, access }, i) => {
      if (access === "row" && op !== ROW_SUM && this.#passes[i] === pass) {
        const reads = new Map<string, number>([[`s${i}`, 1]]);
        this.#rows.set(`s${i}`, this.#compute(i, reads));
      }
    });
  }

  /** One pass over the elements: sums to collect, outputs to store in the last. */
  #pass(sums: readonly number[], last: boolean): void {
    const { asm, expression } = this;
    const { width, steps, outputs } = expression;
    const stored = last ? outputs.filter((step) => steps[step].access === "element") : [];
    if (stored.length === 0 && sums.length === 0) return;
    const totals = new Map(sums.map((sum) => [sum, this.#registers.take()]));
    for (const register of totals.values()) asm?.vector(V.xor, register, register, register);
    const whole = Math.floor(width / LANES);
    asm?.constant(rcx, 0);
    if (whole > 0) {
      const loop = asm?.label();
      if (loop) asm!.place(loop);
      this.#elementsOf(totals, stored, 0);
      asm?.addImmediate(rcx, 64);
      asm?.compareImmediate(rcx, whole * 64);
      if (loop) asm!.jumpIf(IF.below, loop);
    }
    if (width % LANES) {
      asm?.constant(rsi, 2 ** (width % LANES) - 1);
      asm?.moveMask(1, rsi);
      this.#elementsOf(totals, stored, 1);
    }
    for (const [sum, register] of totals) {
      this.#across(register);
      this.#rows.set(`s${sum}`, register);
    }
  }

  /** register = the sum of its lanes, in every lane */
  #across(register: number): void {
    const t = this.#registers.take();
    if (this.asm) across(this.asm, V.add, register, t);
    this.#registers.give(t);
  }

  /** What 16 elements need; with a mask, the last few of a row. */
  #elementsOf(totals: ReadonlyMap<number, number>, stored: readonly number[], mask: number): void {
    const { asm, expression } = this;
    const wanted = [
      ...[...totals.keys()].map((sum) => expression.steps[sum].args[0]),
      ...stored.map((step) => ({ step })),
    ];
    const { steps, reads } = this.#plan(wanted);
    this.#mask = mask;
    for (const step of steps) this.#elements.set(`s${step}`, this.#compute(step, reads));
    for (const [sum, total] of totals) {
      const x = this.#register(expression.steps[sum].args[0]);
      asm?.vector(V.add, total, total, x, { mask });
      this.#used(expression.steps[sum].args[0], reads);
    }
    const { inputs, outputs } = expression;
    for (const step of new Set(stored)) {
      outputs.forEach((output, i) => {
        if (output !== step) return;
        const to = { base: POINTERS[inputs.length + i], index: rcx, scale: 1 as const };
        asm?.vector(V.store, this.#elements.get(`s${step}`)!, 0, to, { mask });
      });
    }
    for (const step of stored) this.#used({ step }, reads);
    for (const register of this.#elements.values()) this.#registers.give(register);
    this.#elements.clear();
  }

  #mask = 0;

  /** The element steps that `wanted` depends on, in order, and the number of readers of every value. */
  #plan(wanted: readonly Value[]): Pass {
    const { steps } = this.expression;
    const reads = new Map<string, number>();
    const need = new Set<number>();
    const read = (value: Value): void => {
      const name = nameOf(value);
      reads.set(name, (reads.get(name) ?? 0) + 1);
      if (!("step" in value) || steps[value.step].access === "row" || need.has(value.step)) return;
      need.add(value.step);
      steps[value.step].args.forEach(read);
    };
    wanted.forEach(read);
    return { steps: [...need].sort((a, b) => a - b), reads };
  }

  /** Emits one step; returns the register of its value. */
  #compute(index: number, reads: Map<string, number>): number {
    const { asm } = this;
    const { op, args } = this.expression.steps[index];
    if (op in UNARY) {
      const x = this.#register(args[0]);
      const y = this.#registers.take();
      if (this.#registers.left < TEMPORARIES)
        throw new Error("too few registers for a function's own values");
      if (asm) UNARY[op](asm, this.#registers, y, x);
      this.#used(args[0], reads);
      return y;
    }
    const { code, commutes } = BINARY[op];
    const [a, b] = commutes && this.#operand(args[0]) !== undefined ? [args[1], args[0]] : args;
    const x = this.#register(a);
    const memory = this.#operand(b);
    const y = memory ?? this.#register(b);
    this.#used(a, reads);
    this.#used(b, reads);
    const to = this.#registers.take();
    asm?.vector(code, to, x, y, memory ? { broadcast: true } : {});
    // A number or scalar that had to be put into a register for this step alone.
    for (const [value, register] of [
      [a, x],
      [b, y],
    ] as const) {
      if (typeof register === "number" && nameOf(value) === "") this.#registers.give(register);
    }
    return to;
  }

  /** A number, or an array with one value at hand: read from memory by the instruction itself. */
  #operand(value: Value): Mem | undefined {
    if ("number" in value) return constantOperand(value.number);
    if (!("input" in value)) return undefined;
    const access = this.expression.inputs[value.input];
    return access === "scalar" || access === "row" ? { base: POINTERS[value.input] } : undefined;
  }

  /** The register that holds a value, loaded where it is not there yet. */
  #register(value: Value): number {
    const name = nameOf(value);
    const known = this.#elements.get(name) ?? this.#rows.get(name);
    if (known !== undefined && name !== "") return known;
    const { asm } = this;
    const register = this.#registers.take();
    const single = this.#operand(value);
    if (single) asm?.vector(V.broadcast, register, 0, single);
    else if ("input" in value) {
      const from = { base: POINTERS[value.input], index: rcx, scale: 1 as const };
      asm?.vector(V.load, register, 0, from, { mask: this.#mask, zero: this.#mask > 0 });
    }
    if (name !== "") this.#elements.set(name, register);
    return register;
  }

  /** Frees a value's register after its last reader. */
  #used(value: Value, reads: Map<string, number>): void {
    const name = nameOf(value);
    const left = (reads.get(name) ?? 1) - 1;
    reads.set(name, left);
    const register = this.#elements.get(name);
    if (left > 0 || register === undefined || name === "") return;
    this.#elements.delete(name);
    this.#registers.give(register);
  }
}
