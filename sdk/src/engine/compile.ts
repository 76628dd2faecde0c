import { GradlabError } from "../errors.js";
import {
  capture,
  evaluate,
  fromStorage,
  placeholder,
  record,
  Tensor,
  Variable,
  variableOf,
  type Graph,
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
  const compiled = async (...args: A): Promise<R> => {
    const signature = args.map((arg) => arg.toString()).join(";");
    let program = programs.get(signature);
    if (!program) {
      program = traceProgram(fn, args, options);
      programs.set(signature, program);
      program.catch(() => programs.delete(signature));
    }
    return (await replay(await program, args)) as R;
  };
  written.set(compiled, { fn, options });
  return compiled;
}

type Traceable = (...args: Tensor[]) => Traced;

/** What was given to `compile`, for those who look inside. */
const written = new WeakMap<object, { readonly fn: unknown; readonly options: CompileOptions }>();

export interface TraceOptions extends CompileOptions {
  /** Whether the graph is shown as it is compiled (default), or as it was written. */
  readonly simplify?: boolean;
}

/**
 * The graph of a function, compiled or not, for arguments of these shapes: what `compile` would make a
 * program of. Nothing is computed but values of variables that were still pending.
 *
 * @param fn traced once; what it assigns to variables is recorded, not done
 * @example
 * const { nodes } = await traceGraph((x: Tensor) => x.mul(2).exp(), [tensor([1, 2])]);
 * nodes.map(({ op }) => op.name); // ["constant","mul","exp"]
 */
export async function traceGraph<A extends readonly Tensor[]>(
  fn: (...args: A) => Traced | Promise<Traced>,
  args: A,
  options: TraceOptions = {},
): Promise<Graph> {
  const known = written.get(fn);
  const plain = (known?.fn ?? fn) as Traceable;
  return (await trace(plain, args, { ...known?.options, ...options })).graph;
}

interface TracedFunction {
  readonly graph: Graph;
  readonly assigned: readonly Variable[];
  readonly result: Traced;
}

async function traceProgram<A extends readonly Tensor[], R extends Traced>(
  fn: (...args: A) => R,
  args: A,
  options: CompileOptions,
): Promise<Compiled> {
  const { graph, assigned, result } = await trace(fn, args, options);
  const sources = graph.inputs.slice(args.length).map((leaf) => variableOf(leaf.node) ?? leaf);
  const program = await runtime().program(graph);
  return { program, assigned, sources, rebuild: (results) => like(result, results) };
}

async function trace<A extends readonly Tensor[], R extends Traced>(
  fn: (...args: A) => R,
  args: readonly Tensor[],
  { constants = [], simplify = true }: TraceOptions,
): Promise<TracedFunction> {
  const holes = args.map((arg) => placeholder(arg.shape, arg.dtype));
  const { result, recording } = await recordSettled(() => fn(...(holes as unknown as A)));
  if (result instanceof Promise) {
    throw new GradlabError("E_CONFIG", "A traced function must not be asynchronous.", {
      hint: "Trace the part that builds the graph; what `compile` gave can be traced too.",
    });
  }
  const assigned = [...recording.assigned.keys()];
  const returned = listOf(result);
  const current = assigned.map((variable) => new Tensor(variable.node, variable.index));
  const fixed = constants.map((constant) => new Tensor(constant.node, constant.index));
  const graph = capture([...returned, ...recording.assigned.values()], {
    inputs: holes,
    constants: fixed,
    simplify,
    overwrites: [...returned.map(() => undefined), ...current],
  });
  return { graph, assigned, result };
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
