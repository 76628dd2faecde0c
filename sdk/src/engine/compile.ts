import { GradlabError } from "../errors.js";
import {
  capture,
  evaluate,
  fromStorage,
  placeholder,
  record,
  traceSymbolic,
  Tensor,
  Variable,
  variableOf,
  type Sizes,
  type Graph,
} from "../graph/index.js";
import {
  shapeWith,
  signatureOf,
  SizeChecks,
  sizesOf,
  symbolsOf,
  type DynamicOptions,
} from "./dynamic-axes.js";
import type { Program } from "./engine.js";
import { placeFor, runtime, storageOf } from "./runtime.js";
import { moveIfLent } from "./lent.js";
import { inTurn } from "./turn.js";

/** Tensors a traced function may return: one, a list, or a record of them. */
export type Traced = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

interface Compiled {
  readonly program: Program;
  readonly assigned: readonly Variable[];
  /** The variables and constants fed behind the arguments. */
  readonly sources: readonly Tensor[];
  readonly rebuild: (results: readonly Tensor[]) => Traced;
  /** Of a program for all sizes. */
  readonly checks: SizeChecks | undefined;
}

export interface CompileOptions extends DynamicOptions {
  /** Tensors whose values never change, so that the engine may rearrange them once. */
  readonly constants?: readonly Tensor[];
}

/**
 * Traces a function once for each signature of its arguments and replays the program afterwards.
 *
 * Variables it reads are read anew at each call. Variables it assigns are updated after the call, in
 * place where that is safe; expressions built earlier over their old values can no longer be computed.
 *
 * With `dynamicAxes` one program serves all sizes of the named axes: sizes, reciprocals of counts, positions
 * and masks are computed inside it. The function is traced at three choices of sizes, none of them the
 * call's, and what differs must follow from the sizes in a known way (products, quotients of a constant,
 * sums): anything else is refused, never guessed. Where the function does other work for some sizes only (a short
 * input, an odd length), these get a program of their own. Results are those of a program for the fixed sizes, bit by
 * bit, but where that folds 1/N into a product of matrices: then the last digit may differ unless N is a power of 2.
 *
 * @param fn pure but for `Variable.assign`; sees arguments without values
 * @returns a function of the same arguments, giving computed tensors
 * @throws E_SYMBOLIC naming the op and the line, when a number, a table or a path depends on a size in another way
 * @throws E_SHAPE for sizes that the names or limits exclude
 * @example
 * const square = compile((x: Tensor) => x.mul(x));
 * await (await square(tensor([3]))).data(); // [9]
 * const centre = compile((x: Tensor) => x.sub(x.mean()), { dynamicAxes: [["time"]] });
 * await (await centre(tensor([1, 2, 6]))).data(); // [-2, -1, 3]
 * await (await centre(tensor([1, 2]))).data(); // [-0.5, 0.5]
 */
export function compile<A extends readonly Tensor[], R extends Traced>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): (...args: A) => Promise<R> {
  const programs = new Map<string, Promise<Compiled>>();
  let owner = runtime();
  const { dynamicAxes: _, ...fixedSizes } = options;
  const programFor = (args: A, choice: CompileOptions): Promise<Compiled> => {
    const signature = signatureOf(args, choice.dynamicAxes);
    const known = programs.get(signature);
    if (known) return known;
    const program = traceProgram(fn, args, choice);
    programs.set(signature, program);
    program.catch(() => programs.delete(signature));
    return program;
  };
  const compiled = async (...args: A): Promise<R> => {
    // Programs belong to the engine they were compiled by.
    if (owner !== runtime()) programs.clear();
    owner = runtime();
    const sizes = sizesOf(args, options);
    const ready = await programFor(args, options);
    const traced = async (): Promise<Graph> => (await trace(fn, args, fixedSizes)).graph;
    const serves = !ready.checks || (await ready.checks.serves(sizes, traced));
    return (await replay(serves ? ready : await programFor(args, fixedSizes), args)) as R;
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
  return (await traceFunction(fn, args, options)).graph;
}

/** The same with what the function returned and assigned. */
export async function traceFunction<A extends readonly Tensor[]>(
  fn: (...args: A) => Traced | Promise<Traced>,
  args: A,
  options: TraceOptions = {},
): Promise<TracedFunction> {
  const known = written.get(fn);
  const plain = (known?.fn ?? fn) as Traceable;
  return trace(plain, args, { ...known?.options, ...options });
}

export interface TracedFunction {
  readonly graph: Graph;
  /** Variables whose new values follow the results among the graph's outputs. */
  readonly assigned: readonly Variable[];
  readonly result: Traced;
  /** Whether a symbolic graph may not be that of all sizes. */
  readonly unsure?: boolean;
}

async function traceProgram<A extends readonly Tensor[], R extends Traced>(
  fn: (...args: A) => R,
  args: A,
  options: CompileOptions,
): Promise<Compiled> {
  const { graph, assigned, result, unsure = false } = await trace(fn, args, options);
  const sources = graph.inputs.slice(args.length).map((leaf) => variableOf(leaf.node) ?? leaf);
  const program = await runtime().program(graph);
  const checks = graph.traces && new SizeChecks(graph, unsure);
  return { program, assigned, sources, rebuild: (results) => like(result, results), checks };
}

async function trace<A extends readonly Tensor[], R extends Traced>(
  fn: (...args: A) => R,
  args: readonly Tensor[],
  options: TraceOptions,
): Promise<TracedFunction> {
  const { dynamicAxes = [], maxSizes = {} } = options;
  const symbols = symbolsOf(args, dynamicAxes);
  const holesAt = (sizes: Sizes): Tensor[] =>
    args.map((arg, i) => placeholder(shapeWith(arg, i, dynamicAxes, sizes), arg.dtype));
  if (symbols.length === 0) return traceOver(fn, holesAt({}), options);
  return traceSymbolic(symbols, maxSizes, (sizes) => traceOver(fn, holesAt(sizes), options, sizes));
}

async function traceOver<A extends readonly Tensor[], R extends Traced>(
  fn: (...args: A) => R,
  holes: readonly Tensor[],
  { constants = [], simplify = true }: TraceOptions,
  symbols: Sizes = {},
): Promise<TracedFunction> {
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
    symbols,
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
  assigned.forEach(moveIfLent);
  await placeFor(program, sources, assigned);
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
