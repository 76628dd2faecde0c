import { CallSite, type Callable, type StackFrame } from "../call-site.js";

/** Who made a node: the call, and whether it only differentiates what that call made. */
export class Origin {
  constructor(
    readonly site: CallSite,
    readonly gradient = false,
  ) {}

  /** "train.ts:12:9", or "cell 4, line 7"; undefined when gradlab itself made it. */
  get place(): string | undefined {
    return this.site.place;
  }

  /** Every call on the way, innermost first. */
  get frames(): readonly StackFrame[] {
    return this.site.frames;
  }

  /** Which part of gradlab made it on the user's behalf: "nn/linear:43"; undefined for a plain op. */
  get via(): string | undefined {
    const inner = this.frames.find(
      ({ module }) => module === undefined || !/^(graph|ops|engine)\//.test(module),
    );
    return inner?.module && `${inner.module}:${inner.line}`;
  }

  /** "gradient of train.ts:12:9 via nn/linear:43" */
  toString(): string {
    const via = this.via === undefined ? "" : ` via ${this.via}`;
    return `${this.gradient ? "gradient of " : ""}${this.place ?? "gradlab"}${via}`;
  }
}

/** Looking at the stack costs about 5 µs a node, and this many times as much in all: the garbage it makes, mostly. */
const AFTERMATH = 6;
/** Of a long loop's time it may take this share … */
const SHARE = 0.03;
/** … beyond a first stretch, in ms, that pays for some thousand nodes: more than a model's graph has. */
const CREDIT = 150;

let enabled = true;
let unlimited = false;
let credit = CREDIT;
let creditedAt = performance.now();
let given: Origin | undefined;

/**
 * Switches on or off that new nodes remember the line that made them (on from the start). In a loop that
 * builds graph after graph without `compile`, only as many nodes remember it as 3 % of the time allows.
 *
 * @returns what it was before
 * @example
 * const before = traceOrigins(false);
 * tensor([1]).neg().node.origin; // undefined
 * traceOrigins(before); // false
 */
export function traceOrigins(on: boolean): boolean {
  const before = enabled;
  enabled = on;
  return before;
}

/** The origin of a node made now: the one given by `withOrigin`, or the caller of `below`. */
export function originHere(below: Callable): Origin | undefined {
  if (given || !enabled) return given;
  if (unlimited) return new Origin(new CallSite(below));
  const start = performance.now();
  credit = Math.min(CREDIT, credit + (start - creditedAt) * SHARE);
  creditedAt = start;
  if (credit <= 0) return undefined;
  const origin = new Origin(new CallSite(below));
  credit -= (performance.now() - start) * AFTERMATH;
  return origin;
}

/** Runs `make` with every node's origin remembered: for what is traced once and kept. */
export function withAllOrigins<T>(make: () => T): T {
  const outer = unlimited;
  unlimited = true;
  try {
    return make();
  } finally {
    unlimited = outer;
  }
}

/** Runs `make` so that all nodes it makes have the given origin. */
export function withOrigin<T>(origin: Origin | undefined, make: () => T): T {
  if (!origin) return make();
  const outer = given;
  given = origin;
  try {
    return make();
  } finally {
    given = outer;
  }
}

/** The origin of what differentiates a node. */
export const gradientOf = (origin: Origin | undefined): Origin | undefined =>
  origin && (origin.gradient ? origin : new Origin(origin.site, true));
