import { formatSpec, type DType, type HostArray, type Shape } from "../tensor/index.js";
import type { AnyOp, Attrs } from "./op.js";
import type { Origin } from "./origin.js";
import type { Tensor } from "./tensor.js";

/** What a tensor is before it has values. */
export interface Spec {
  readonly shape: Shape;
  readonly dtype: DType;
}

export const specText = (spec: Spec): string => formatSpec(spec.dtype, spec.shape);

/**
 * Values somewhere: in host memory or on a device. Only the engine that made it looks inside.
 * `array` is present for host storage.
 */
export interface Storage extends Spec {
  readonly device: string;
  readonly array?: HostArray;
  read(): Promise<HostArray>;
}

/** Storage over a host array, shared without a copy. */
export class HostStorage implements Storage {
  readonly device = "cpu";

  constructor(readonly array: HostArray) {}

  get shape(): Shape {
    return this.array.shape;
  }

  get dtype(): DType {
    return this.array.dtype;
  }

  read(): Promise<HostArray> {
    return Promise.resolve(this.array);
  }
}

let nextId = 0;

/** The number of the next node: nodes are numbered as they are made. */
export const nextNodeId = (): number => nextId;

/** One application of an op. Leaves have no inputs; a node with `values` needs no computing. */
export class Node {
  readonly id = nextId++;
  /** Filled when an engine has computed this node; one entry per output. */
  readonly values: (Storage | undefined)[];
  /** True once an in-place update has overwritten this leaf's storage. */
  consumed = false;

  constructor(
    readonly op: AnyOp,
    private readonly operands: readonly Tensor[],
    readonly attrs: Attrs,
    readonly outputs: readonly Spec[],
    /** The call that made it; rewriting keeps it, differentiating inherits it. */
    readonly made?: Origin,
  ) {
    this.values = new Array<Storage | undefined>(outputs.length).fill(undefined);
  }

  get inputs(): readonly Tensor[] {
    return this.operands;
  }

  /** Where the user made it: "train.ts:12:9" or "cell 4, line 7". For a gradient the place of what it differentiates. */
  get origin(): string | undefined {
    return this.made?.place;
  }
}
