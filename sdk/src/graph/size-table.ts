import { GradlabError } from "../errors.js";
import type { Shape } from "../tensor/index.js";
import { outlineOf } from "./outline.js";
import type { Graph } from "./program-graph.js";
import { evaluateForm, fitForm, type SizeForm, type Sizes } from "./size-form.js";

/** Which numbers of a graph stand for sizes, and how each depends on the symbolic ones. */
export type SizeTable = ReadonlyMap<number, SizeForm>;

/** Numbers of a trace that cannot be told apart from each other: another choice of stand-ins may do. */
export class AmbiguousSizes extends Error {}

/**
 * The tables of a graph and of its other traces: every number that differs between them is a form of the
 * sizes. Without other traces only the stand-ins themselves are known.
 *
 * @throws E_SYMBOLIC for a number whose dependence on the sizes is not understood
 */
export function sizeTables(graph: Graph): readonly SizeTable[] {
  const known = made.get(graph);
  if (known) return known;
  const tables = makeTables(graph);
  made.set(graph, tables);
  return tables;
}

const made = new WeakMap<Graph, readonly SizeTable[]>();

function makeTables(graph: Graph): SizeTable[] {
  const traces = [graph, ...(graph.traces ?? [])];
  const tables = traces.map(
    ({ symbols }) =>
      new Map<number, SizeForm>(
        Object.entries(symbols).map(([name, size]) => [
          size,
          { terms: [{ factor: 1, powers: { [name]: 1 } }] },
        ]),
      ),
  );
  if (traces.length === 1) return tables;
  const outlines = traces.map(outlineOf);
  const { parts, owners } = outlines[0];
  const fixed = new Set<number>();
  const known = new Map<string, SizeForm>();
  parts.forEach((part, i) => {
    if (typeof part !== "number") return;
    const values = outlines.map((outline) => outline.parts[i] as number);
    if (values.every((value) => Object.is(value, part))) return void fixed.add(part);
    const key = values.join();
    const form =
      known.get(key) ??
      fitForm(
        values,
        traces.map(({ symbols }) => symbols),
      );
    if (!form) throw unknownForm(owners[i]?.op.name, owners[i]?.origin, values, traces);
    known.set(key, form);
    values.forEach((value, k) => enter(tables[k], value, form));
  });
  // The small trace is there to find and check forms; programs are written from the others.
  tables.slice(0, -1).forEach((table, k) => requireApart(table, fixed, Object.values(traces[k].symbols)));
  return tables;
}

function enter(table: Map<number, SizeForm>, value: number, form: SizeForm): void {
  const before = table.get(value);
  if (!before) table.set(value, form);
}

function requireApart(table: SizeTable, fixed: ReadonlySet<number>, standIns: readonly number[]): void {
  for (const value of fixed) {
    const multiple = Number.isInteger(value) && standIns.some((size) => value !== 0 && value % size === 0);
    if (multiple || table.has(value))
      throw new AmbiguousSizes(`${value} is a fixed number and a symbolic size.`);
  }
}

function unknownForm(
  op: string | undefined,
  origin: string | undefined,
  values: readonly number[],
  traces: readonly Graph[],
): GradlabError {
  const seen = values.map((value, k) => `${value} for ${formatSizes(traces[k].symbols)}`).join(", ");
  return new GradlabError(
    "E_SYMBOLIC",
    `${op ?? "An argument"} takes a number that depends on the sizes in a way that a program cannot follow: ${seen}.`,
    origin === undefined ? {} : { where: origin },
  );
}

/** `batch = 3, time = 5`. */
export const formatSizes = (sizes: Sizes): string =>
  Object.entries(sizes)
    .map(([name, size]) => `${name} = ${size}`)
    .join(", ");

/** A number of a graph at the sizes of a run. */
export const sizeAt = (table: SizeTable, sizes: Sizes, value: number): number => {
  const form = table.get(value);
  return form ? evaluateForm(form, sizes) : value;
};

export const shapeAt = (table: SizeTable, sizes: Sizes, shape: Shape): number[] =>
  shape.map((dim) => sizeAt(table, sizes, dim));

/**
 * The symbolic sizes that inputs of some shapes have.
 *
 * @throws E_SHAPE when one name stands for two sizes, or a fixed axis has another one
 */
export function readSizes({ inputs, symbols }: Graph, shapes: readonly Shape[]): Sizes {
  const names = new Map(Object.entries(symbols).map(([name, size]) => [size, name]));
  const sizes: Record<string, number> = {};
  inputs.forEach(({ shape }, i) =>
    shape.forEach((dim, axis) => {
      const name = names.get(dim);
      const size = shapes[i][axis];
      if (name !== undefined && sizes[name] !== undefined && sizes[name] !== size) {
        throw new GradlabError(
          "E_SHAPE",
          `The axis ${name} is ${sizes[name]} in one argument and ${size} in another.`,
          { hint: "Axes of one name have one size in each call.", where: `axis ${axis} of input ${i}` },
        );
      }
      if (name !== undefined) sizes[name] = size;
    }),
  );
  return sizes;
}
