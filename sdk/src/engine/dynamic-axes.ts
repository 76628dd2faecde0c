import { GradlabError } from "../errors.js";
import { agreesAt, atSizes, withoutValues, type Graph, type Sizes, type Tensor } from "../graph/index.js";

/**
 * For each argument the names of its axes that vary from call to call; null for a fixed axis or argument. An axis that
 * is always as long as others together is named by their sum: `past + steps`.
 */
export type DynamicAxes = readonly (readonly (string | null)[] | null)[];

export interface DynamicOptions {
  /**
   * Axes whose sizes may differ from call to call, by argument and axis. Axes of one name have one size in a call.
   * One program then serves all sizes. Default: none, and one program for each combination of shapes.
   */
  readonly dynamicAxes?: DynamicAxes;
  /** The largest size of a named axis, where the function has a limit (the positions of a model). */
  readonly maxSizes?: Sizes;
}

/** What tells programs apart: dtypes and shapes, with names in place of sizes that vary. */
export const signatureOf = (args: readonly Tensor[], axes: DynamicAxes = []): string =>
  args
    .map((arg, i) => (axes[i] ? `${arg.dtype}[${namesOf(arg, i, axes).map(String).join()}]` : arg.toString()))
    .join(";");

/** For each axis its name, or its size when it is fixed. @throws E_SHAPE when an argument has other axes than named */
function namesOf(arg: Tensor, i: number, axes: DynamicAxes): (string | number)[] {
  const names = axes[i];
  if (!names) return [...arg.shape];
  if (names.length === arg.rank) return arg.shape.map((dim, axis) => names[axis] ?? dim);
  throw new GradlabError(
    "E_SHAPE",
    `Argument ${i} is ${arg.toString()}, but dynamicAxes names ${names.length} axes of it: [${names.join(", ")}].`,
    { hint: "Name every axis of the argument, with null for those that are fixed." },
  );
}

/** The names that arguments use, in order. */
export function symbolsOf(args: readonly Tensor[], axes: DynamicAxes): string[] {
  const all = args.flatMap((arg, i) => namesOf(arg, i, axes));
  return [...new Set(all.filter((name) => typeof name === "string").flatMap(addends))];
}

const addends = (name: string): string[] => name.split(" + ");

const sumOf = (name: string, sizes: Sizes): number =>
  addends(name).reduce((sum, part) => sum + (sizes[part] ?? NaN), 0);

/** An argument's shape at other sizes. */
export const shapeWith = (arg: Tensor, i: number, axes: DynamicAxes, sizes: Sizes): number[] =>
  namesOf(arg, i, axes).map((name) => (typeof name === "string" ? sumOf(name, sizes) : name));

/**
 * The sizes of a call.
 *
 * @throws E_SHAPE when one name stands for two sizes, or a size is 0 or beyond its limit
 */
export function sizesOf(args: readonly Tensor[], { dynamicAxes = [], maxSizes = {} }: DynamicOptions): Sizes {
  const sizes: Record<string, number> = {};
  const sums: (() => void)[] = [];
  args.forEach((arg, i) =>
    namesOf(arg, i, dynamicAxes).forEach((name, axis) => {
      if (typeof name !== "string") return;
      const size = arg.shape[axis];
      const refuse = (why: string, hint: string): never => {
        throw new GradlabError("E_SHAPE", `Argument ${i} is ${arg.toString()}: ${why}.`, { hint });
      };
      if (addends(name).length > 1) {
        sums.push(() => {
          if (sumOf(name, sizes) === size) return;
          refuse(`its axis is not ${name}`, "Every name of a sum is that of an axis of its own, too.");
        });
        return;
      }
      if (sizes[name] !== undefined && sizes[name] !== size) {
        refuse(
          `its axis ${name} is not the ${sizes[name]} of an argument before`,
          "Axes of one name have one size in a call.",
        );
      }
      if (size < 1) refuse(`its axis ${name} is empty`, "A dynamic axis has at least one element.");
      if (size > (maxSizes[name] ?? Infinity)) {
        refuse(
          `its axis ${name} is beyond maxSizes.${name} = ${maxSizes[name]}`,
          "Cut the input, or raise the limit if the function allows it.",
        );
      }
      sizes[name] = size;
    }),
  );
  sums.forEach((check) => check());
  return sizes;
}

/** Holds a symbolic graph against each new combination of sizes, once. */
export class SizeChecks {
  readonly #seen = new Map<string, boolean>();
  readonly #graph: Graph;

  /** @param unsure whether the function may do other work at some sizes, so that each has to be traced */
  constructor(
    graph: Graph,
    readonly unsure: boolean,
  ) {
    this.#graph = withoutValues(graph);
  }

  /**
   * Whether the symbolic program serves these sizes; a program of their own is needed where the function does
   * other work.
   *
   * @throws E_SHAPE, E_INDEX in an op's own words when it cannot work at these sizes
   */
  async serves(sizes: Sizes, trace: () => Promise<Graph>): Promise<boolean> {
    const key = JSON.stringify(sizes);
    const known = this.#seen.get(key);
    if (known !== undefined) return known;
    const traced = this.unsure ? await trace() : undefined;
    const agrees = traced ? agreesAt(this.#graph, sizes, traced) : Boolean(atSizes(this.#graph, sizes));
    this.#seen.set(key, agrees);
    return agrees;
  }
}
