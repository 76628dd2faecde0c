import type { Slice, TensorSummary } from "./summary.js";

const LARGEST = 320;

/** Blue below zero, white at it, red above; grey for what is no number. Ends at the largest magnitude. */
export function heatMap(summary: TensorSummary, slice: Slice): HTMLElement {
  const { rows, columns, values } = slice;
  const size = Math.max(1, Math.min(16, Math.floor(LARGEST / Math.max(rows, columns))));
  const canvas = document.createElement("canvas");
  canvas.width = columns * size;
  canvas.height = rows * size;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `heat map of ${rows} × ${columns} values`);
  const reach = Math.max(Math.abs(summary.stats?.min ?? 1), Math.abs(summary.stats?.max ?? 1)) || 1;
  const context = canvas.getContext("2d");
  values.forEach((value, i) => {
    if (context === null) return;
    context.fillStyle = colorOf(value, reach);
    context.fillRect((i % columns) * size, Math.floor(i / columns) * size, size, size);
  });
  canvas.addEventListener("mousemove", (event) => {
    const [row, column] = [Math.floor(event.offsetY / size), Math.floor(event.offsetX / size)];
    const at = [...slice.index, row * slice.rowStep, column * slice.columnStep].join(", ");
    canvas.title = `[${at}] = ${String(values[row * columns + column] ?? "not finite")}`;
  });
  return canvas;
}

function colorOf(value: number | null, reach: number): string {
  if (value === null) return "#888";
  const part = Math.min(1, Math.abs(value) / reach);
  const mix = (end: number): number => Math.round(255 + (end - 255) * part);
  return value < 0 ? `rgb(${mix(33)},${mix(102)},${mix(172)})` : `rgb(${mix(178)},${mix(24)},${mix(43)})`;
}

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [420, 140];

/** How often values fall into each of the equal steps from the least to the greatest. */
export function histogram({ histogram: bins }: TensorSummary): Element {
  const svg = document.createElementNS(SVG, "svg");
  if (bins === null) return svg;
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT + 18}`);
  svg.setAttribute("width", String(WIDTH));
  svg.setAttribute("role", "img");
  const { low, high, counts } = bins;
  svg.setAttribute("aria-label", `histogram from ${low} to ${high} in ${counts.length} steps`);
  const most = Math.max(...counts, 1);
  const step = WIDTH / counts.length;
  counts.forEach((count, i) => {
    const bar = document.createElementNS(SVG, "rect");
    const height = (count / most) * HEIGHT;
    const place = { x: i * step, y: HEIGHT - height, width: Math.max(1, step - 1), height };
    for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value.toFixed(2));
    const title = document.createElementNS(SVG, "title");
    const from = low + ((high - low) * i) / counts.length;
    title.textContent = `${count} from ${from.toPrecision(3)}`;
    bar.append(title);
    svg.append(bar);
  });
  for (const [text, x, anchor] of [
    [low, 0, "start"],
    [high, WIDTH, "end"],
  ] as const) {
    const label = document.createElementNS(SVG, "text");
    label.setAttribute("x", String(x));
    label.setAttribute("y", String(HEIGHT + 14));
    label.setAttribute("text-anchor", anchor);
    label.textContent = String(Number(text.toPrecision(3)));
    svg.append(label);
  }
  return svg;
}
