import { GradlabError } from "../../errors.js";
import {
  atSizes,
  HostStorage,
  readSizes,
  type Graph,
  type Node,
  type ReferenceArray,
  type Storage,
} from "../../graph/index.js";
import {
  fromBFloatBits,
  fromHalfBits,
  fromNumbers,
  isInteger,
  toBFloatBits,
  toHalfBits,
  toNumbers,
  wrapInteger,
  type DType,
  type HostArray,
} from "../../tensor/index.js";
import type { Engine, MemoryReport, Program } from "../engine.js";
import { hosted, withHostedConstants } from "../placement.js";

/**
 * Plain loops in double precision: the definition of every op, the oracle of the tests, and the engine
 * for graphs too small to be worth compiling.
 */
export class ReferenceEngine implements Engine {
  readonly name = "reference";
  readonly device = "cpu";

  async compile(graph: Graph): Promise<Program> {
    const symbols = Object.keys(graph.symbols);
    const ready = await withHostedConstants(graph);
    if (graph.traces) {
      const run = async (fed: readonly Storage[]): Promise<Storage[]> => {
        const inputs = await hosted(fed);
        const shapes = inputs.map(({ shape }) => shape);
        return interpret(atSizes(ready, readSizes(ready, shapes)), inputs);
      };
      return { graph, device: this.device, run };
    }
    if (symbols.length > 0) {
      throw new GradlabError(
        "E_ENGINE",
        `The reference engine needs fixed sizes; ${symbols.join(" and ")} vary.`,
        {
          hint: "Decode with the onnx engine, or call forward on whole sequences.",
        },
      );
    }
    const run = async (inputs: readonly Storage[]): Promise<Storage[]> =>
      interpret(ready, await hosted(inputs));
    return { graph, device: this.device, run };
  }

  upload(array: HostArray): Promise<Storage> {
    return Promise.resolve(new HostStorage(array));
  }

  download(storage: Storage): Promise<HostArray> {
    return storage.read();
  }

  memory(): MemoryReport {
    return { liveBytes: 0, peakBytes: 0, programs: 0 };
  }
}

function interpret(graph: Graph, inputs: readonly Storage[]): Storage[] {
  const values = new Map<string, Float64Array>();
  const key = (node: Node, index: number): string => `${node.id}.${index}`;
  for (const { tensor, storage } of graph.constants)
    values.set(key(tensor.node, tensor.index), toNumbers(storage.array!));
  graph.inputs.forEach((leaf, i) => values.set(key(leaf.node, leaf.index), toNumbers(inputs[i].array!)));
  for (const node of graph.nodes) {
    const operands = node.inputs.map<ReferenceArray>((input) => ({
      shape: input.shape,
      dtype: input.dtype,
      data: values.get(key(input.node, input.index))!,
    }));
    const results = node.op.reference(operands, node.attrs, node.outputs);
    results.forEach((result, index) => {
      values.set(key(node, index), settled(result, node.outputs[index].dtype));
    });
  }
  return graph.outputs.map((output, i) => {
    const array = fromNumbers(values.get(key(output.node, output.index))!, output.shape, output.dtype);
    const target = graph.donations[i] === undefined ? undefined : inputs[graph.donations[i]];
    if (!target?.array) return new HostStorage(array);
    (target.array.data as Float32Array).set(array.data as Float32Array);
    return target;
  });
}

/** What a dtype keeps of a result: integers wrap, half floats round. Single floats keep double precision. */
function settled(values: Float64Array, dtype: DType): Float64Array {
  if (isInteger(dtype)) return values.map((value) => wrapInteger(value, dtype));
  if (dtype === "float16") return values.map((value) => fromHalfBits(toHalfBits(value)));
  if (dtype === "bfloat16") return values.map((value) => fromBFloatBits(toBFloatBits(value)));
  return values;
}
