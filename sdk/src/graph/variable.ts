import { GradlabError } from "../errors.js";
import { sameShape, type HostArray } from "../tensor/index.js";
import { HostStorage, specText, type Node, type Storage } from "./node.js";
import { withAllOrigins } from "./origin.js";
import { fromArray, fromStorage, Tensor } from "./tensor.js";

const copyOf = ({ dtype, shape, data }: HostArray): HostArray => ({ dtype, shape, data: data.slice() });

/** Assignments recorded while a function is traced, so that they become outputs of its program. */
export class Recording {
  readonly assigned = new Map<Variable, Tensor>();
  /** Variables read while their value was still an expression, or belonged to another tensor. */
  readonly unsettled = new Set<Variable>();
  readonly #before = new Map<Variable, { readonly node: Node; readonly index: number }>();

  read(variable: Variable, source: Node): void {
    if (!this.assigned.has(variable) && owners.get(source) !== variable) this.unsettled.add(variable);
  }

  assign(variable: Variable, value: Tensor, node: Node): void {
    if (!this.#before.has(variable)) this.#before.set(variable, { node, index: variable.index });
    this.assigned.set(variable, value);
  }

  /** Gives every variable back the leaf it had before tracing. */
  restore(): void {
    for (const [variable, { node, index }] of this.#before) variable.rebind(node, index);
  }
}

let active: Recording | undefined;

/** Runs `trace` with assignments recorded instead of performed. */
export function record<T>(trace: () => T): { result: T; recording: Recording } {
  const outer = active;
  const recording = new Recording();
  active = recording;
  try {
    return { result: withAllOrigins(trace), recording };
  } finally {
    active = outer;
    recording.restore();
  }
}

const owners = new WeakMap<Node, Variable>();

const alive = new Set<WeakRef<Variable>>();
const forgotten = new FinalizationRegistry<WeakRef<Variable>>((reference) => alive.delete(reference));

/** Every variable that is still reachable, or was until lately. */
export const liveVariables = (): Variable[] => [...alive].flatMap((reference) => reference.deref() ?? []);

/** The variable whose current or past leaf this node is. */
export const variableOf = (node: Node): Variable | undefined => owners.get(node);

/**
 * A tensor with a changeable value: a parameter, an optimizer's moment, a cache.
 * Reading it captures the present value; `assign` gives it a new one. Its memory is its own: the host
 * array it starts from is copied, and so is what `data()` gives, since updates may happen in place.
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
    // A tensor's node is not this variable's own: it may be an expression, or another variable's value.
    if (!(value instanceof Tensor)) owners.set(this.source, this);
    const reference = new WeakRef<Variable>(this);
    alive.add(reference);
    forgotten.register(this, reference);
  }

  override get node(): Node {
    active?.read(this, this.source);
    return this.source;
  }

  override async array(): Promise<HostArray> {
    return copyOf(await super.array());
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
    // The expression's own result stays with whoever holds it.
    if (owners.get(this.source) !== this) this.load(new HostStorage(await this.array()));
  }

  protected override describe(): string {
    return `${this.name}: ${super.describe()}`;
  }

  rebind(node: Node, index = 0): void {
    this.source = node;
    (this as { index: number }).index = index;
  }
}

/** A lazy tensor is taken as it is: computed when it is first read. */
function sourceOf(value: HostArray | Storage | Tensor): [Node, number] {
  const leaf =
    value instanceof Tensor ? value : isStorage(value) ? fromStorage(value) : fromArray(copyOf(value));
  return [leaf.node, leaf.index];
}

const isStorage = (value: HostArray | Storage): value is Storage => "read" in value;
