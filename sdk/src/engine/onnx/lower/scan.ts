import type { ValueInfo } from "../model.js";
import { flag, one, type Lower } from "./context.js";

/** A loop over slices by the Scan operator; what the body captured it reads from the graph around it. */
export const lowerScan: Lower = ({ model, node, inputs, used, inner }) => {
  const { graph } = node.op.body!;
  const { carries, slices, reverse } = node.attrs as Record<string, number>;
  const own = graph.inputs
    .slice(0, carries + slices)
    .map(({ dtype, shape }): ValueInfo => ({ name: model.fresh("s"), dtype, shape }));
  const names = own.map(({ name }) => name);
  const history = graph.inputs.slice(0, carries).map((_, k) => used(graph.outputs.length + k));
  const body = model.subgraph(own, () => {
    const results = inner(graph, [...names, ...inputs.slice(names.length)]);
    // Results of a body are made inside it.
    const result = (name: string, { dtype, shape }: Omit<ValueInfo, "name">): ValueInfo => ({
      name: one(model, "Identity", [name]),
      dtype,
      shape,
    });
    return [
      ...results.map((name, k) => result(name, graph.outputs[k])),
      ...own.slice(0, carries).flatMap((carry, k) => (history[k] ? [result(carry.name, carry)] : [])),
    ];
  });
  const kept = history.filter((keep) => keep).length;
  const stacked = graph.outputs.length - carries + kept;
  const outputs = model.node("Scan", inputs.slice(0, names.length), {
    attributes: {
      body,
      num_scan_inputs: slices,
      scan_input_directions: new Array<number>(slices).fill(flag(reverse)),
      scan_output_directions: new Array<number>(stacked).fill(flag(reverse)),
    },
    outputs: carries + stacked,
  });
  const histories = outputs.splice(graph.outputs.length);
  return [...outputs, ...history.map((keep) => (keep ? histories.shift()! : ""))];
};
