import type { Node } from "../../graph/index.js";

/** What memory is for. */
export const CATEGORIES = [
  "weights",
  "optimizer",
  "inputs",
  "outputs",
  "gradients",
  "activations",
  "workspace",
] as const;
export type MemoryCategory = (typeof CATEGORIES)[number];

export type BytesByCategory = Readonly<Record<MemoryCategory, number>>;

/** One operation: what it reads and makes, by name. */
export interface Operation {
  readonly node: Node | undefined;
  readonly reads: readonly string[];
  readonly makes: readonly { readonly id: string; readonly bytes: number }[];
  /** Its result is its first input's memory. */
  readonly view: boolean;
}

/** Memory that lives for the whole run, by the names of the values in it. */
export type HeldMemory = ReadonlyMap<string, { readonly category: MemoryCategory; readonly bytes: number }>;

/** One piece of memory, from the operation that makes it to the last that reads it or a view of it. */
interface Block {
  readonly category: MemoryCategory;
  readonly bytes: number;
  readonly birth: number;
  death: number;
}

/**
 * Bytes alive at every operation – what it reads, what it makes and what is still to be read – from the
 * order of the operations and the lives of their results alone.
 */
export function planMemory(operations: readonly Operation[], held: HeldMemory): BytesByCategory[] {
  const blocks = blocksOf(operations, held);
  const totals = operations.map(() => emptyBytes());
  for (const { category, bytes, birth, death } of blocks) {
    for (let step = birth; step <= Math.min(death, operations.length - 1); step++)
      totals[step][category] += bytes;
  }
  return totals;
}

export const emptyBytes = (): Record<MemoryCategory, number> =>
  Object.fromEntries(CATEGORIES.map((category) => [category, 0])) as Record<MemoryCategory, number>;

function blocksOf(operations: readonly Operation[], held: HeldMemory): Block[] {
  const home = new Map<string, Block>();
  const blocks = new Map<object, Block>();
  for (const [id, memory] of held) {
    const block = blocks.get(memory) ?? { ...memory, birth: 0, death: Infinity };
    blocks.set(memory, block);
    home.set(id, block);
  }
  const readers = readersOf(operations);
  operations.forEach((operation, step) => {
    for (const { id, bytes } of operation.makes) {
      if (home.has(id)) continue;
      const shared = operation.view ? home.get(operation.reads[0]) : undefined;
      const block = shared ?? {
        category: categoryOf(operation.node, readers.get(id) ?? []),
        bytes,
        birth: step,
        // ONNX Runtime frees behind the last reader, and what nobody reads when the run ends.
        death: readers.has(id) ? step : Infinity,
      };
      home.set(id, block);
      blocks.set(block, block);
    }
    for (const id of operation.reads) {
      const block = home.get(id);
      if (block) block.death = Math.max(block.death, step);
    }
  });
  return [...blocks.values()];
}

function readersOf(operations: readonly Operation[]): Map<string, (Node | undefined)[]> {
  const readers = new Map<string, (Node | undefined)[]>();
  for (const { node, reads } of operations) {
    for (const id of reads) readers.set(id, [...(readers.get(id) ?? []), node]);
  }
  return readers;
}

/**
 * What an update works with belongs to the optimizer, what an update reads of the gradients is a gradient, what
 * gradients read of the forward pass is an activation, and everything else is used up on the way.
 */
function categoryOf(node: Node | undefined, readers: readonly (Node | undefined)[]): MemoryCategory {
  if (node && isUpdate(node)) return "optimizer";
  const reads = (test: (reader: Node) => boolean): boolean =>
    readers.some((reader) => reader && test(reader));
  if (isGradient(node)) return reads((reader) => !isGradient(reader)) ? "gradients" : "workspace";
  return reads(isGradient) ? "activations" : "workspace";
}

const isGradient = (node: Node | undefined): boolean => node?.made?.gradient === true;

const isUpdate = ({ op }: Node): boolean => op.overwrites !== undefined && "nondifferentiable" in op.vjp;
