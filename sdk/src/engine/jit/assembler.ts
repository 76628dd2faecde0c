/** General registers by their numbers in the instruction encoding. */
export const REG = {
  rax: 0,
  rcx: 1,
  rdx: 2,
  rbx: 3,
  rsp: 4,
  rbp: 5,
  rsi: 6,
  rdi: 7,
  r8: 8,
  r9: 9,
  r10: 10,
  r11: 11,
  r12: 12,
  r13: 13,
  r14: 14,
  r15: 15,
} as const;

/** Conditions of jumps by their numbers in the encoding; below and carry are unsigned, greater is signed. */
export const IF = {
  below: 2,
  carry: 2,
  notBelow: 3,
  noCarry: 3,
  equal: 4,
  notEqual: 5,
  greater: 15,
} as const;
export type Condition = (typeof IF)[keyof typeof IF];

/** A memory operand: base + index · scale + displacement (bytes). */
export interface Mem {
  readonly base: number;
  /** Instead of all else: constants behind the code. */
  readonly pool?: Uint8Array;
  readonly disp?: number;
  readonly index?: number;
  readonly scale?: 1 | 2 | 4 | 8;
}

/** A vector instruction: opcode map (1 = 0F, 2 = 0F38, 3 = 0F3A), mandatory prefix (0 none, 1 = 66, 2 = F3, 3 = F2), opcode. */
export interface VectorOp {
  readonly map: 1 | 2 | 3;
  readonly prefix: 0 | 1 | 2 | 3;
  readonly opcode: number;
  /** Bytes one memory operand covers, which scales 8-bit displacements. Default 64. */
  readonly unit?: number;
}

const op = (map: 1 | 2 | 3, prefix: 0 | 1 | 2 | 3, opcode: number, unit = 64): VectorOp => ({
  map,
  prefix,
  opcode,
  unit,
});

/** AVX-512F instructions on 16 float32 lanes. */
export const V = {
  load: op(1, 0, 0x10),
  store: op(1, 0, 0x11),
  broadcast: op(2, 1, 0x18, 4),
  add: op(1, 0, 0x58),
  mul: op(1, 0, 0x59),
  sub: op(1, 0, 0x5c),
  min: op(1, 0, 0x5d),
  div: op(1, 0, 0x5e),
  max: op(1, 0, 0x5f),
  sqrt: op(1, 0, 0x51),
  /** d = a·b + d */
  fma231: op(2, 1, 0xb8),
  /** d = b·d + c, with operands (d, b, c) */
  fma213: op(2, 1, 0xa8),
  /** d = −a·b + d */
  fnma231: op(2, 1, 0xbc),
  xor: op(1, 1, 0xef),
  and: op(1, 1, 0xdb),
  or: op(1, 1, 0xeb),
  addInt: op(1, 1, 0xfe),
  subInt: op(1, 1, 0xfa),
  /** 2^⌊b⌋ · a */
  scale: op(2, 1, 0x2c),
  round: op(3, 1, 0x08),
  gather: op(2, 1, 0x92, 4),
  compare: op(1, 0, 0xc2),
  blend: op(2, 1, 0x65),
  shuffleQuarters: op(3, 1, 0x23),
  permute: op(3, 1, 0x04),
  unpackLow: op(1, 0, 0x14),
  unpackHigh: op(1, 0, 0x15),
  shuffle: op(1, 0, 0xc6),
} as const;

/** A number behind the code, as an operand (broadcast). */
export const constantOperand = (value: number): Mem => ({
  base: 0,
  pool: new Uint8Array(Float32Array.of(value).buffer),
});

type Label = { at?: number; readonly uses: number[] };

/**
 * Writes x86-64 machine code: the few general instructions that loops need, and AVX-512 on 16 float32 lanes.
 *
 * @source Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2 (REX, EVEX encoding)
 */
export class Assembler {
  readonly #code: number[] = [];
  /** Eight-byte and 64-byte constants, placed behind the code. */
  readonly #pool: { readonly bytes: Uint8Array; readonly uses: { at: number; trailing: number }[] }[] = [];

  get length(): number {
    return this.#code.length;
  }

  bytes(...values: readonly number[]): void {
    for (const value of values) this.#code.push(value & 0xff);
  }

  /** @throws when a displacement or immediate needs more than 32 bits: cut short, it would point anywhere */
  #int32(value: number): void {
    if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 32) {
      throw new Error(`${value} does not fit into an instruction`);
    }
    this.bytes(value, value >> 8, value >> 16, value >> 24);
  }

  /** Opcode and operands of a 64-bit general instruction. */
  #general(opcode: readonly number[], reg: number, rm: number | Mem, wide = true): void {
    const base = typeof rm === "number" ? rm : rm.base;
    const index = typeof rm === "number" ? 0 : (rm.index ?? 0);
    this.bytes(0x40 | (wide ? 8 : 0) | ((reg >> 3) << 2) | ((index >> 3) << 1) | (base >> 3), ...opcode);
    this.#operand(reg, rm, 1);
  }

  /** ModRM, SIB and displacement; 8-bit displacements count in units. */
  #operand(reg: number, rm: number | Mem, unit: number, trailing = 0): void {
    const low = (reg & 7) << 3;
    if (typeof rm === "number") return this.bytes(0xc0 | low | (rm & 7));
    if (rm.pool) {
      this.bytes(low | 5);
      return this.#poolUse(rm.pool, trailing);
    }
    const { base, disp = 0, index, scale = 1 } = rm;
    const short = disp % unit === 0 && Math.abs(disp / unit) < 128;
    const mode = short ? 0x40 : 0x80;
    if (index !== undefined || (base & 7) === 4) {
      const sib = (Math.log2(scale) << 6) | (((index ?? 4) & 7) << 3) | (base & 7);
      this.bytes(mode | low | 4, sib);
    } else this.bytes(mode | low | (base & 7));
    if (short) this.bytes(disp / unit);
    else this.#int32(disp);
  }

  move(to: number, from: number): void {
    this.#general([0x89], from, to);
  }

  loadQuad(to: number, from: Mem): void {
    this.#general([0x8b], to, from);
  }

  storeQuad(to: Mem, from: number): void {
    this.#general([0x89], from, to);
  }

  address(to: number, from: Mem): void {
    this.#general([0x8d], to, from);
  }

  /** to = base + bytes, however many */
  offset(to: number, base: number, bytes: number): void {
    if (Math.abs(bytes) < 2 ** 31) return this.address(to, { base, disp: bytes });
    this.constant(to, bytes);
    this.add(to, base);
  }

  constant(to: number, value: bigint | number): void {
    const wide = BigInt.asUintN(64, BigInt(value));
    this.bytes(0x48 | (to >> 3), 0xb8 | (to & 7));
    for (let i = 0n; i < 8n; i++) this.bytes(Number((wide >> (8n * i)) & 0xffn));
  }

  addImmediate(to: number, value: number): void {
    if (value !== 0) {
      this.#general([0x81], 0, to);
      this.#int32(value);
    }
  }

  add(to: number, from: number): void {
    this.#general([0x01], from, to);
  }

  subtract(to: number, from: number): void {
    this.#general([0x29], from, to);
  }

  /** to = from · value */
  multiplyImmediate(to: number, from: number, value: number): void {
    this.#general([0x69], to, from);
    this.#int32(value);
  }

  /** to = to · from */
  multiply(to: number, from: number): void {
    this.#general([0x0f, 0xaf], to, from);
  }

  /** reg = reg · 2^cl */
  shiftLeft(reg: number): void {
    this.#general([0xd3], 4, reg);
  }

  shiftRight(reg: number, bits: number): void {
    this.#general([0xc1], 5, reg);
    this.bytes(bits);
  }

  /** mask register `to` = mask register `from` */
  copyMask(to: number, from: number): void {
    this.bytes(0xc5, 0xf8, 0x90, 0xc0 | (to << 3) | from);
  }

  /** rax, rdx = rax ÷ by, rax mod by (unsigned) */
  divide(by: number): void {
    this.#general([0x31], REG.rdx, REG.rdx);
    this.#general([0xf7], 6, by);
  }

  not(reg: number): void {
    this.#general([0xf7], 2, reg);
  }

  /** to = how many low bits of `from` are 0; sets the carry flag where all are */
  countTrailingZeros(to: number, from: number): void {
    this.bytes(0xf3);
    this.#general([0x0f, 0xbc], to, from);
  }

  /** Sets a bit that other threads may set too; the carry flag tells what it was. */
  lockedBitSet(memory: Mem, bit: number): void {
    this.bytes(0xf0);
    this.#general([0x0f, 0xab], bit, memory);
  }

  lockedBitClear(memory: Mem, bit: number): void {
    this.bytes(0xf0);
    this.#general([0x0f, 0xb3], bit, memory);
  }

  pause(): void {
    this.bytes(0xf3, 0x90);
  }

  andImmediate(reg: number, value: number): void {
    this.#general([0x81], 4, reg);
    this.#int32(value);
  }

  compareImmediate(reg: number, value: number): void {
    this.#general([0x81], 7, reg);
    this.#int32(value);
  }

  compare(a: number, b: number): void {
    this.#general([0x39], b, a);
  }

  push(...regs: readonly number[]): void {
    for (const reg of regs) this.bytes(...(reg > 7 ? [0x41] : []), 0x50 | (reg & 7));
  }

  pop(...regs: readonly number[]): void {
    for (const reg of regs) this.bytes(...(reg > 7 ? [0x41] : []), 0x58 | (reg & 7));
  }

  call(reg: number): void {
    this.bytes(0x40 | (reg >> 3), 0xff, 0xd0 | (reg & 7));
  }

  return(): void {
    this.bytes(0xc5, 0xf8, 0x77, 0xc3); // vzeroupper; ret
  }

  label(): Label {
    return { uses: [] };
  }

  place(label: Label): void {
    label.at = this.length;
    for (const use of label.uses) this.#patch(use, label.at - (use + 4));
  }

  jumpIf(condition: Condition, label: Label): void {
    this.bytes(0x0f, 0x80 | condition);
    this.#relative(label);
  }

  jump(label: Label): void {
    this.bytes(0xe9);
    this.#relative(label);
  }

  callLabel(label: Label): void {
    this.bytes(0xe8);
    this.#relative(label);
  }

  /** reg = the address of a label */
  addressOfLabel(reg: number, label: Label): void {
    this.bytes(0x48 | ((reg >> 3) << 2), 0x8d, ((reg & 7) << 3) | 5);
    this.#relative(label);
  }

  #relative(label: Label): void {
    if (label.at === undefined) label.uses.push(this.length);
    const from = this.length + 4;
    this.#int32(label.at === undefined ? 0 : label.at - from);
  }

  #patch(at: number, value: number): void {
    for (let i = 0; i < 4; i++) this.#code[at + i] = (value >> (8 * i)) & 0xff;
  }

  /** mask register k = the low bits of a general register */
  moveMask(k: number, from: number): void {
    // VEX.L0.0F.W0 92 /r
    if (from < 8) this.bytes(0xc5, 0xf8, 0x92, 0xc0 | (k << 3) | from);
    else this.bytes(0xc4, 0xc1, 0x78, 0x92, 0xc0 | (k << 3) | (from & 7));
  }

  /**
   * One EVEX instruction: destination, first source (0 where the instruction has one source), second source.
   *
   * @param options.mask   k1 … k7; @param options.zero zeroes masked-out lanes; @param options.broadcast one float for all lanes
   */
  vector(
    { map, prefix, opcode, unit = 64 }: VectorOp,
    to: number,
    a: number,
    b: number | Mem,
    options: {
      readonly mask?: number;
      readonly zero?: boolean;
      readonly broadcast?: boolean;
      readonly immediate?: number;
    } = {},
  ): void {
    const { mask = 0, zero = false, broadcast = false, immediate } = options;
    const memory = typeof b !== "number";
    const rmHigh = memory ? b.base >> 3 : (b >> 3) & 1;
    const indexHigh = memory ? ((b.index ?? 0) >> 3) & 1 : b >> 4;
    const not = (bit: number, at: number): number => (bit ? 0 : 1 << at);
    const p0 = not((to >> 3) & 1, 7) | not(indexHigh, 6) | not(rmHigh, 5) | not(to >> 4, 4) | map;
    const p1 = ((~a & 15) << 3) | 4 | prefix;
    // A vector index (gather) keeps its fifth bit where other instructions keep that of `a`.
    const fifth = memory && opcode === V.gather.opcode && map === 2 ? (b.index ?? 0) >> 4 : a >> 4;
    const p2 = (zero ? 128 : 0) | 0x40 | (broadcast ? 16 : 0) | not(fifth, 3) | mask;
    this.bytes(0x62, p0, p1, p2, opcode);
    this.#operand(to, b, broadcast ? 4 : unit, immediate === undefined ? 0 : 1);
    if (immediate !== undefined) this.bytes(immediate);
  }

  /** `to` = a constant in every lane, read from behind the code. */
  broadcastConstant(to: number, value: number): void {
    this.vector(V.broadcast, to, 0, constantOperand(value));
  }

  /** `to` = 16 constants (32 bits each). */
  vectorConstant(to: number, lanes: Int32Array): void {
    this.vector(V.load, to, 0, { base: 0, pool: new Uint8Array(lanes.buffer) });
  }

  /** A displacement to constants behind the code, counted from the instruction's end. */
  #poolUse(bytes: Uint8Array, trailing: number): void {
    const use = { at: this.length, trailing };
    const known = this.#pool.find((entry) => Buffer.compare(entry.bytes, bytes) === 0);
    if (known) known.uses.push(use);
    else this.#pool.push({ bytes, uses: [use] });
    this.#int32(0);
  }

  /** The code with its constants behind it. */
  finish(): Uint8Array {
    for (const { bytes, uses } of this.#pool) {
      while (this.length % bytes.length !== 0) this.bytes(0xcc);
      for (const { at, trailing } of uses) this.#patch(at, this.length - (at + 4 + trailing));
      this.bytes(...bytes);
    }
    return Uint8Array.from(this.#code);
  }
}
