import { GradlabError } from "../errors.js";
import {
  formatArray,
  formatSpec,
  nested,
  sizeOf,
  summarizeArray,
  toNumbers,
  type DType,
  type HostArray,
  type NestedNumbers,
  type Shape,
  type TypedArray,
} from "../tensor/index.js";
import { describeOutput } from "./describe.js";
import { evaluate } from "./evaluate.js";
import { HostStorage, Node, type Storage } from "./node.js";
import { defineOp } from "./op.js";

/** A leaf: values that were given, or a placeholder that is fed at each run. */
export const leafOp = defineOp({
  name: "leaf",
  doc: "Values given from outside.",
  traits: ["leaf"],
  shape: () => {
    throw new GradlabError("E_ENGINE", "A leaf has no shape rule.");
  },
  vjp: { nondifferentiable: "it is where gradients end" },
  reference: () => {
    throw new GradlabError("E_ENGINE", "A leaf without values was evaluated.");
  },
  samples: () => [],
});

/**
 * A lazy tensor: a shape, a dtype and the recipe of its values. Operations check shapes at once and
 * compute nothing; `await t.data()` compiles and runs what is needed, once.
 *
 * @example
 * const y = tensor([[1, 2], [3, 4]]).matmul(tensor([[1], [1]]));
 * y.shape; // [2, 1]
 * await y.data(); // Float32Array [3, 7]
 */
export class Tensor {
  constructor(
    protected source: Node,
    readonly index = 0,
  ) {}

  get node(): Node {
    return this.source;
  }

  get shape(): Shape {
    return this.source.outputs[this.index].shape;
  }

  get dtype(): DType {
    return this.source.outputs[this.index].dtype;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The computed values' storage, when there is one. */
  get storage(): Storage | undefined {
    return this.source.values[this.index];
  }

  /** Computes the values and returns them as a host array. */
  async array(): Promise<HostArray> {
    await evaluate([this]);
    return this.storage!.read();
  }

  /** Computes the values and returns them as typed data, row-major. */
  async data(): Promise<TypedArray> {
    return (await this.array()).data;
  }

  /**
   * Computes the values and returns them as nested lists of numbers; a plain number for a scalar.
   *
   * @example await tensor([[1, 2], [3, 4]]).mul(2).toArray(); // [[2, 4], [6, 8]]
   */
  async toArray(): Promise<NestedNumbers> {
    const array = await this.array();
    return nested(toNumbers(array), array.shape);
  }

  /**
   * Computes the values once and goes through the first axis: numbers for a list, tensors with values for
   * more axes. Asynchronous, because computing is.
   *
   * @throws E_SHAPE for a scalar
   * @example
   * const sums: number[] = [];
   * for await (const row of tensor([[1, 2], [3, 4]])) sums.push(await (row as Tensor).sum().item());
   * sums; // [3, 7]
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<number | Tensor> {
    if (this.rank === 0) throw new GradlabError("E_SHAPE", "A scalar has no axis to go through.");
    const { dtype, shape, data } = await this.array();
    const rest = shape.slice(1);
    const length = sizeOf(rest);
    for (let i = 0; i < shape[0]; i++) {
      const part = { dtype, shape: rest, data: data.slice(i * length, (i + 1) * length) };
      yield rest.length === 0 ? toNumbers(part)[0] : fromArray(part);
    }
  }

  /** The one value of a tensor with one element. @throws E_SHAPE for any other size */
  async item(): Promise<number> {
    const data = await this.data();
    if (data.length !== 1) {
      throw new GradlabError("E_SHAPE", `item() needs one element, ${this.toString()} has ${data.length}.`);
    }
    return Number(data[0]);
  }

  toString(): string {
    return formatSpec(this.dtype, this.shape);
  }

  /** What a notebook shows for a tensor that ends a cell: its values are asked for, so they are computed. */
  async [Symbol.for("gradlab.display")](): Promise<Record<string, unknown>> {
    const isArgument = this.source.op === leafOp && !this.storage;
    if (isArgument) return { "text/plain": this.describe() };
    const array = await this.array();
    const summary = summarizeArray(array);
    return {
      ...(summary === undefined ? {} : { "application/vnd.gradlab.tensor+json": summary }),
      "text/plain": formatArray(array),
    };
  }

  /** What `console.log` prints: the values when they are there, the recipe when not; nothing is computed. */
  [Symbol.for("nodejs.util.inspect.custom")](depth: number): string {
    return depth < 0 ? this.toString() : this.describe();
  }

  protected describe(): string {
    return describeOutput(this.source, this.index);
  }
}

/** Names one output of one node: the key under which passes remember it. */
export const idOf = ({ node, index }: Tensor): string => `${node.id}.${index}`;

/** Every output of a node, as tensors. */
export const outputsOf = (node: Node): Tensor[] => node.outputs.map((_, index) => new Tensor(node, index));

/** A leaf without values: the argument of a traced function. */
export function placeholder(shape: Shape, dtype: DType = "float32"): Tensor {
  return new Tensor(new Node(leafOp, [], {}, [{ shape, dtype }]));
}

/** A leaf over storage that exists. */
export function fromStorage(storage: Storage): Tensor {
  const leaf = placeholder(storage.shape, storage.dtype);
  leaf.node.values[0] = storage;
  return leaf;
}

/** A leaf over a host array, shared without a copy. */
export const fromArray = (array: HostArray): Tensor => fromStorage(new HostStorage(array));
