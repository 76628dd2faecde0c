import { GradlabError } from "../errors.js";
import { sameShape, type HostArray } from "../tensor/index.js";
import { evaluate } from "./evaluate.js";
import { specText, type Node, type Storage } from "./node.js";
import { fromArray, fromStorage, Tensor } from "./tensor.js";

/** Assignments recorded while a function is traced, so that they become outputs of its program. */
export class Recording {
  readonly assigned = new Map<Variable, Tensor>();
  readonly #before = new Map<Variable, Node>();

  assign(variable: Variable, value: Tensor, before: Node): void {
    if (!this.#before.has(variable)) this.#before.set(variable, before);
    this.assigned.set(variable, value);
  }

  /** Gives every variable back the leaf it had before tracing. */
  restore(): void {
    for (const [variable, node] of this.#before) variable.rebind(node);
  }
}

let active: Recording | undefined;

/** Runs `trace` with assignments recorded instead of performed. */
export function record<T>(trace: () => T): { result: T; recording: Recording } {
  const outer = active;
  const recording = new Recording();
  active = recording;
  try {
    return { result: trace(), recording };
  } finally {
    active = outer;
    recording.restore();
  }
}

const owners = new WeakMap<Node, Variable>();

/** The variable whose current or past leaf this node is. */
export const variableOf = (node: Node): Variable | undefined => owners.get(node);

/**
 * A tensor with a changeable value: a parameter, an optimizer's moment, a cache.
 * Reading it captures the present value; `assign` gives it a new one.
 *
 * @example
 * const w = new Variable(hostArray(Float32Array.of(1), [1]), "w");
 * w.assign(w.add(1)); await w.data(); // Float32Array [2]
 */
export class Variable extends Tensor {
  constructor(
    value: HostArray | Storage | Tensor,
    readonly name: string,
    /** Whether optimizers may change it. */
    public trainable = true,
  ) {
    super(...sourceOf(value));
    owners.set(this.source, this);
  }

  /**
   * Replaces the value; lazily, like any other operation.
   *
   * @throws E_SHAPE when shape or dtype differ
   */
  assign(value: Tensor): void {
    if (!sameShape(value.shape, this.shape) || value.dtype !== this.dtype) {
      throw new GradlabError(
        "E_SHAPE",
        `${this.name} is ${specText(this)} and cannot take ${specText(value)}.`,
      );
    }
    active?.assign(this, value, this.source);
    this.rebind(value.node, value.index);
  }

  /** Replaces the value at once by storage that exists, forgetting how the old one was computed. */
  load(storage: Storage): void {
    this.rebind(fromStorage(storage).node);
    owners.set(this.source, this);
  }

  /** Computes a pending value and forgets its history, so that a loop does not grow. */
  async settle(): Promise<void> {
    await evaluate([this]);
    this.load(this.storage!);
  }

  rebind(node: Node, index = 0): void {
    this.source = node;
    (this as { index: number }).index = index;
  }
}

/** A lazy tensor is taken as it is: computed when it is first read. */
function sourceOf(value: HostArray | Storage | Tensor): [Node, number] {
  const leaf = value instanceof Tensor ? value : isStorage(value) ? fromStorage(value) : fromArray(value);
  return [leaf.node, leaf.index];
}

const isStorage = (value: HostArray | Storage): value is Storage => "read" in value;
