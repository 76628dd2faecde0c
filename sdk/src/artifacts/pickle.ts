import { GradlabError } from "../errors.js";
import { formatError } from "./file.js";

/** A Python value that is only data. Tuples and lists are both arrays; dicts keep their order. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleObject;

/** A value that one of the allowed globals made. */
export interface PickleObject {
  readonly kind: string;
}

/** An allowed global: what stands for it, and what calling it gives, if it may be called. */
export interface PickleGlobal extends PickleObject {
  readonly kind: "global";
  readonly name: string;
  call?(args: PickleValue[], offset: number): PickleValue;
}

export interface PickleOptions {
  /** Names the file in errors. */
  readonly file: string;
  /** The only globals that may occur, by "module.name". */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** Makes the value of a persistent id. */
  persistent(id: PickleValue, offset: number): PickleValue;
}

/**
 * Reads a pickle without Python and without running anything: a stack machine with the opcodes that data need, where
 * a name that is not in `globals` ends the reading before anything could be built from it.
 *
 * Source: Python's Lib/pickletools.py, which documents every opcode.
 *
 * @throws E_UNSAFE_PICKLE naming the global or opcode and its byte; E_FILE_FORMAT for a damaged pickle
 * @example readPickle(bytes, { file: "a.pkl", globals: new Map(), persistent: (id) => id })
 */
export function readPickle(bytes: Uint8Array, options: PickleOptions): PickleValue {
  return new PickleMachine(bytes, options).run();
}

const MARK = Symbol("mark");
type Cell = PickleValue | typeof MARK;

/** One reading of one pickle: a position, a stack and a memo. */
class PickleMachine {
  #at = 0;
  #opcodeAt = 0;
  readonly #stack: Cell[] = [];
  readonly #memo = new Map<number, PickleValue>();
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #options: PickleOptions;

  constructor(bytes: Uint8Array, options: PickleOptions) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#options = options;
  }

  run(): PickleValue {
    for (;;) {
      this.#opcodeAt = this.#at;
      const code = this.#u8();
      if (code === 0x2e) return this.#pop();
      const action = OPCODES.get(code);
      if (action === undefined) throw this.#unsafeOpcode(code);
      action(this);
    }
  }

  push(value: Cell): void {
    this.#stack.push(value);
  }

  pop(): PickleValue {
    return this.#pop();
  }

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.bad("the stack is empty");
    return value;
  }

  /** The values above the last mark, which goes too. */
  popMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw this.bad("there is no mark");
    return this.#stack.splice(mark).slice(1) as PickleValue[];
  }

  mark(): void {
    this.#stack.push(MARK);
  }

  discard(): void {
    if (this.#stack.pop() === undefined) throw this.bad("the stack is empty");
  }

  take(length: number): Uint8Array {
    if (length < 0 || this.#at + length > this.#bytes.byteLength)
      throw this.bad(`${length} bytes are announced, ${this.#bytes.byteLength - this.#at} are left`);
    return this.#bytes.subarray(this.#at, (this.#at += length));
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  u8(): number {
    return this.#u8();
  }

  number(bytes: number, read: (view: DataView, at: number) => number | bigint): number {
    const at = this.#at;
    this.take(bytes);
    return Number(read(this.#view, at));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.bad("a line does not end");
    const text = this.text(end - this.#at);
    this.#at++;
    return text;
  }

  store(index: number): void {
    this.#memo.set(index, this.top());
  }

  memoize(): void {
    this.store(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.bad(`memo ${index} is empty`);
    this.push(value);
  }

  global(module: string, name: string): void {
    const full = `${module}.${name}`;
    const known = this.#options.globals.get(full);
    if (known === undefined) throw this.unsafe(`it refers to the global ${full}`, full);
    this.push(known);
  }

  reduce(): void {
    const args = this.#pop();
    const callee = this.#pop();
    if (!isGlobal(callee) || callee.call === undefined || !Array.isArray(args)) {
      const name = isGlobal(callee) ? callee.name : "a value";
      throw this.unsafe(`it calls ${name}, which is no allowed function`, name);
    }
    this.push(callee.call(args, this.#opcodeAt));
  }

  /** State set on a finished value: PyTorch hangs `_metadata` on its dicts this way; there is nothing to keep. */
  build(): void {
    this.#pop();
    if (!(this.top() instanceof Map)) throw this.unsafe("it sets the state of an object", "BUILD");
  }

  persistent(): void {
    this.push(this.#options.persistent(this.#pop(), this.#opcodeAt));
  }

  setItems(items: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof Map) || items.length % 2 !== 0)
      throw this.bad("items are set on something that is no dict");
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  append(items: readonly PickleValue[]): void {
    const target = this.top();
    if (!Array.isArray(target)) throw this.bad("items are appended to something that is no list");
    for (const item of items) target.push(item);
  }

  bad(why: string): GradlabError {
    const { file } = this.#options;
    return formatError(file, this.#opcodeAt, `The pickle is damaged: ${why}.`, "a well-formed pickle", why);
  }

  unsafe(what: string, name: string): GradlabError {
    return unsafePickle(this.#options.file, this.#opcodeAt, what, name);
  }

  #unsafeOpcode(code: number): GradlabError {
    const name = `opcode 0x${code.toString(16).padStart(2, "0")}`;
    return this.unsafe(`it uses ${name}, which plain data do not need`, name);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.bad("the stack is empty");
    return value;
  }

  #u8(): number {
    return this.take(1)[0];
  }
}

/** The refusal of a pickle that is more than data. */
export function unsafePickle(file: string, offset: number, what: string, name: string): GradlabError {
  return new GradlabError("E_UNSAFE_PICKLE", `${file} was not read: ${what}. Nothing was run.`, {
    where: `${file}, byte ${offset}`,
    details: { file, offset, global: name },
  });
}

function isGlobal(value: PickleValue): value is PickleGlobal {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "global";
}

type Action = (machine: PickleMachine) => void;

const i32: Action = (m) => m.push(m.number(4, (view, at) => view.getInt32(at, true)));
const u32 = (m: PickleMachine): number => m.number(4, (view, at) => view.getUint32(at, true));
const u64 = (m: PickleMachine): number => m.number(8, (view, at) => view.getBigUint64(at, true));
const tuple =
  (length: number): Action =>
  (m) => {
    const items = Array.from({ length }, () => m.pop()).reverse();
    m.push(items);
  };

const dictOf = (m: PickleMachine): void => {
  const items = m.popMark();
  m.push(new Map());
  m.setItems(items);
};

const MAX_LONG = 64;

/** Two's complement, little-endian, of any length; a number while it is exact, else a bigint. */
function longOf(m: PickleMachine, length: number): number | bigint {
  if (length > MAX_LONG) throw m.bad(`a number has ${length} bytes`);
  const bytes = m.take(length);
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  if (bytes.length > 0 && bytes[bytes.length - 1] >= 0x80) value -= 1n << BigInt(8 * bytes.length);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

/** Every opcode that data written by pickle protocols 2 to 5 need; the text-based ones of protocol 0 are left out. */
const OPCODES: ReadonlyMap<number, Action> = new Map<number, Action>([
  [0x80, (m) => void m.u8()], // PROTO
  [0x95, (m) => void m.take(8)], // FRAME
  [0x28, (m) => m.mark()],
  [0x30, (m) => m.discard()], // POP
  [0x31, (m) => void m.popMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x4e, (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [0x4a, i32], // BININT
  [0x4b, (m) => m.push(m.u8())], // BININT1
  [0x4d, (m) => m.push(m.number(2, (view, at) => view.getUint16(at, true)))], // BININT2
  [0x8a, (m) => m.push(longOf(m, m.u8()))], // LONG1
  [0x8b, (m) => m.push(longOf(m, u32(m)))], // LONG4
  [0x47, (m) => m.push(m.number(8, (view, at) => view.getFloat64(at, false)))], // BINFLOAT
  [0x58, (m) => m.push(m.text(u32(m)))], // BINUNICODE
  [0x8c, (m) => m.push(m.text(m.u8()))], // SHORT_BINUNICODE
  [0x8d, (m) => m.push(m.text(u64(m)))], // BINUNICODE8
  [0x54, (m) => m.push(latin1(m.take(u32(m))))], // BINSTRING
  [0x55, (m) => m.push(latin1(m.take(m.u8())))], // SHORT_BINSTRING
  [0x42, (m) => m.push(m.take(u32(m)).slice())], // BINBYTES
  [0x43, (m) => m.push(m.take(m.u8()).slice())], // SHORT_BINBYTES
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x85, tuple(1)],
  [0x86, tuple(2)],
  [0x87, tuple(3)],
  [0x74, (m) => m.push(m.popMark())], // TUPLE
  [0x6c, (m) => m.push(m.popMark())], // LIST
  [0x64, dictOf], // DICT
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x73, (m) => m.setItems([m.pop(), m.pop()].reverse())], // SETITEM
  [0x75, (m) => m.setItems(m.popMark())], // SETITEMS
  [0x71, (m) => m.store(m.u8())], // BINPUT
  [0x72, (m) => m.store(u32(m))], // LONG_BINPUT
  [0x94, (m) => m.memoize()],
  [0x68, (m) => m.recall(m.u8())], // BINGET
  [0x6a, (m) => m.recall(u32(m))], // LONG_BINGET
  [0x63, (m) => m.global(m.line(), m.line())], // GLOBAL
  [0x93, stackGlobal],
  [0x52, (m) => m.reduce()],
  [0x62, (m) => m.build()],
  [0x51, (m) => m.persistent()], // BINPERSID
]);

function stackGlobal(m: PickleMachine): void {
  const name = m.pop();
  const module = m.pop();
  if (typeof name !== "string" || typeof module !== "string") throw m.bad("a global's name is no text");
  m.global(module, name);
}
