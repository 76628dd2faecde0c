import { capture, Tensor, type Graph } from "../graph/index.js";

/** What can be looked at as a graph: one, or the tensors it computes. */
export type GraphSource = Graph | Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

export interface PrintOptions {
  /** Whether tensors are shown as they will be computed (default), or as they were written. */
  readonly simplify?: boolean;
}

export interface PictureOptions extends PrintOptions {
  /** More nodes than this are folded by the calls that made them, into 0.4 times as many. Default 200. */
  readonly limit?: number;
  readonly title?: string;
}

export function graphOf(source: GraphSource, { simplify = true }: PrintOptions): Graph {
  if (isGraph(source)) return source;
  const tensors = source instanceof Tensor ? [source] : Object.values(source);
  return capture(tensors, { simplify });
}

const isGraph = (source: GraphSource): source is Graph => "nodes" in source && "donations" in source;
