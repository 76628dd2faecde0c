import { GradlabError } from "../../errors.js";
import {
  atSizes,
  evaluateGraph,
  HostStorage,
  readSizes,
  type Graph,
  type Storage,
} from "../../graph/index.js";
import { fromNumbers, toNumbers, type HostArray } from "../../tensor/index.js";
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
  const values = evaluateGraph(
    graph,
    inputs.map(({ array }) => toNumbers(array!)),
    graph.constants.map(({ storage }) => toNumbers(storage.array!)),
  );
  return graph.outputs.map(({ shape, dtype }, i) => {
    const array = fromNumbers(values[i], shape, dtype);
    const target = graph.donations[i] === undefined ? undefined : inputs[graph.donations[i]];
    if (!target?.array) return new HostStorage(array);
    (target.array.data as Float32Array).set(array.data as Float32Array);
    return target;
  });
}
