import { GradlabError } from "../errors.js";
import {
  formatArray,
  formatSpec,
  type DType,
  type HostArray,
  type Shape,
  type TypedArray,
} from "../tensor/index.js";
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

  /** What a notebook shows for a tensor: its values, shape and dtype. */
  async [Symbol.for("gradlab.display")](): Promise<Record<string, string>> {
    return { "text/plain": formatArray(await this.array()) };
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
