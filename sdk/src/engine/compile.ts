import {
  capture,
  evaluate,
  fromStorage,
  placeholder,
  record,
  Tensor,
  Variable,
  variableOf,
} from "../graph/index.js";
import type { Program } from "./engine.js";
import { runtime, storageOf } from "./runtime.js";
import { inTurn } from "./turn.js";

/** Tensors a traced function may return: one, a list, or a record of them. */
export type Traced = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

interface Compiled {
  readonly program: Program;
  readonly assigned: readonly Variable[];
  /** The variables and constants fed behind the arguments. */
  readonly sources: readonly Tensor[];
  readonly rebuild: (results: readonly Tensor[]) => Traced;
}

export interface CompileOptions {
  /** Tensors whose values never change, so that the engine may rearrange them once. */
  readonly constants?: readonly Tensor[];
}

/**
 * Traces a function once for each signature of its arguments and replays the program afterwards.
 *
 * Variables it reads are read anew at each call. Variables it assigns are updated after the call, in
 * place where that is safe; expressions built earlier over their old values can no longer be computed.
 *
 * @param fn pure but for `Variable.assign`; sees arguments without values
 * @returns a function of the same arguments, giving computed tensors
 * @example
 * const square = compile((x: Tensor) => x.mul(x));
 * await (await square(tensor([3]))).data(); // [9]
 */
export function compile<A extends readonly Tensor[], R extends Traced>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): (...args: A) => Promise<R> {
  const programs = new Map<string, Promise<Compiled>>();
  return async (...args: A): Promise<R> => {
    const signature = args.map((arg) => arg.toString()).join(";");
    let compiled = programs.get(signature);
    if (!compiled) {
      compiled = trace(fn, args, options);
      programs.set(signature, compiled);
      compiled.catch(() => programs.delete(signature));
    }
    return (await replay(await compiled, args)) as R;
  };
}

async function trace<A extends readonly Tensor[], R extends Traced>(
  fn: (...args: A) => R,
  args: A,
  { constants = [] }: CompileOptions,
): Promise<Compiled> {
  const holes = args.map((arg) => placeholder(arg.shape, arg.dtype));
  const { result, recording } = await recordSettled(() => fn(...(holes as unknown as A)));
  const assigned = [...recording.assigned.keys()];
  const returned = listOf(result);
  const current = assigned.map((variable) => new Tensor(variable.node, variable.index));
  const fixed = constants.map((constant) => new Tensor(constant.node, constant.index));
  const graph = capture([...returned, ...recording.assigned.values()], {
    inputs: holes,
    constants: fixed,
    overwrites: [...returned.map(() => undefined), ...current],
  });
  const sources = graph.inputs.slice(holes.length).map((leaf) => variableOf(leaf.node) ?? leaf);
  const program = await runtime().program(graph);
  return { program, assigned, sources, rebuild: (results) => like(result, results) };
}

/** Records a function over variables that hold values: a pending expression would be frozen into the program. */
async function recordSettled<T>(run: () => T): Promise<ReturnType<typeof record<T>>> {
  for (;;) {
    const recorded = record(run);
    if (recorded.recording.unsettled.size === 0) return recorded;
    for (const variable of recorded.recording.unsettled) await variable.settle();
  }
}

async function replay(compiled: Compiled, args: readonly Tensor[]): Promise<Traced> {
  await evaluate(args);
  const variables = compiled.sources.filter((source) => source instanceof Variable);
  for (const variable of variables) await variable.settle();
  await evaluate(variables);
  return inTurn(compiled.assigned.length > 0, () => run(compiled, args));
}

async function run(
  { program, assigned, sources, rebuild }: Compiled,
  args: readonly Tensor[],
): Promise<Traced> {
  const results = await program.run([...args, ...sources].map(storageOf));
  const returned = results.length - assigned.length;
  assigned.forEach((variable, i) => {
    const storage = results[returned + i];
    if (variable.storage === storage) {
      variable.node.values[variable.index] = undefined;
      variable.node.consumed = true;
    }
    variable.load(storage);
  });
  return rebuild(results.slice(0, returned).map(fromStorage));
}

const listOf = (traced: Traced): Tensor[] =>
  traced instanceof Tensor
    ? [traced]
    : Array.isArray(traced)
      ? [...(traced as Tensor[])]
      : Object.values(traced);

function like(model: Traced, results: readonly Tensor[]): Traced {
  if (model instanceof Tensor) return results[0];
  if (Array.isArray(model)) return results;
  return Object.fromEntries(Object.keys(model).map((key, i) => [key, results[i]]));
}
