import type { Variable } from "../graph/index.js";
import { byteSize, sizeOf, type DType, type Shape } from "../tensor/index.js";

export interface ParameterRow {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly count: number;
  readonly trainable: boolean;
}

const HEAD = ["name", "shape", "parameters", "trains"] as const;

/** What a module holds; ending a notebook cell with one shows it. */
export class ModuleSummary {
  readonly rows: readonly ParameterRow[];

  constructor(
    readonly title: string,
    parameters: ReadonlyMap<string, Pick<Variable, "shape" | "dtype" | "trainable">>,
  ) {
    this.rows = [...parameters].map(([name, { shape, dtype, trainable }]) => {
      return { name, shape, dtype, trainable, count: sizeOf(shape) };
    });
  }

  get count(): number {
    return this.rows.reduce((sum, { count }) => sum + count, 0);
  }

  /** How many of them train. */
  get trainable(): number {
    return this.rows.reduce((sum, { count, trainable }) => sum + (trainable ? count : 0), 0);
  }

  get bytes(): number {
    return this.rows.reduce((sum, { count, dtype }) => sum + count * byteSize(dtype), 0);
  }

  /** The table as aligned text. */
  toString(): string {
    return textOf(this);
  }

  [Symbol.for("gradlab.display")](): Record<string, string> {
    return this.bundle();
  }

  /** What a notebook shows. */
  bundle(): Record<string, string> {
    return { "text/plain": textOf(this), "text/markdown": markdownOf(this) };
  }
}

const cellsOf = ({ name, shape, dtype, count, trainable }: ParameterRow): string[] => [
  name,
  `${dtype === "float32" ? "" : `${dtype} `}[${shape.join(", ")}]`,
  count.toLocaleString("en-US"),
  trainable ? "yes" : "no",
];

const footOf = ({ count, trainable, bytes }: ModuleSummary): string =>
  `${count.toLocaleString("en-US")} parameters, ${trainable.toLocaleString("en-US")} of them train; ${(bytes / 2 ** 20).toFixed(2)} MiB`;

function textOf(summary: ModuleSummary): string {
  const lines = [[...HEAD], ...summary.rows.map(cellsOf)];
  const widths = HEAD.map((_, i) => Math.max(...lines.map((cells) => cells[i].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 2 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  return [summary.title, ...lines.map(line), footOf(summary)].join("\n");
}

function markdownOf(summary: ModuleSummary): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const body = [line(HEAD), "| --- | --- | ---: | --- |", ...summary.rows.map((row) => line(cellsOf(row)))];
  return `**${summary.title}**\n\n${body.join("\n")}\n\n${footOf(summary)}`;
}
