import { escapeMarkup, shorten, textWidth } from "./escape.js";
import { FONT, GRID, INK, MUTED, colorOf } from "./palette.js";
import type { Scale } from "./ticks.js";

/** The plotting area in the picture, in pixels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const WIDTH = 720;
export const HEIGHT = 400;
const SMALL = 12;

export interface TextOptions {
  readonly size?: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly fill?: string;
  readonly weight?: number;
  readonly turn?: number;
}

/** One line of text; y is its baseline. */
export function svgText(x: number, y: number, text: string, options: TextOptions = {}): string {
  const { size = SMALL, anchor = "start", fill = MUTED, weight, turn } = options;
  const extra = [
    weight === undefined ? "" : ` font-weight="${weight}"`,
    turn === undefined ? "" : ` transform="rotate(${turn} ${px(x)} ${px(y)})"`,
  ].join("");
  return `<text x="${px(x)}" y="${px(y)}" font-size="${size}" text-anchor="${anchor}" fill="${fill}"${extra}>${escapeMarkup(text)}</text>`;
}

/** A complete document: white background, title, content. `label` is read out by screen readers. */
export function svgDocument(
  frame: Frame,
  title: string | undefined,
  label: string,
  content: readonly string[],
): string {
  const { width, height } = frame;
  const head =
    title === undefined ? [] : [svgText(20, 30, shorten(title, 80), { size: 17, fill: INK, weight: 600 })];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${px(width)} ${px(height)}" width="${px(width)}" height="${px(height)}" font-family="${FONT}" role="img" aria-label="${escapeMarkup(label)}">`,
    `<rect width="${px(width)}" height="${px(height)}" fill="#ffffff"/>`,
    ...head,
    ...content,
    "</svg>",
  ].join("\n");
}

/** Names with a swatch each, from left to right, wrapped; with the height they take. */
export function svgLegend(
  names: readonly string[],
  left: number,
  top: number,
  width: number,
): { svg: string; height: number } {
  let [x, row] = [left, 0];
  const items = names.map((name, i) => {
    const shown = shorten(name, 32);
    const space = 40 + textWidth(shown) * 6.8;
    if (x > left && x + space - 16 > left + width) [x, row] = [left, row + 1];
    const y = top + row * 20;
    const item = `<rect x="${px(x)}" y="${px(y - 8)}" width="14" height="4" rx="2" fill="${colorOf(i)}"/>${svgText(x + 20, y - 2, shown, { fill: INK })}`;
    x += space;
    return item;
  });
  return { svg: items.join("\n"), height: (row + 1) * 20 };
}

/** Horizontal grid lines with their numbers at the left. */
export function svgYAxis(frame: Frame, scale: Scale): string {
  return scale.ticks
    .map(({ value, label }) => {
      const y = frame.bottom - scale.place(value) * (frame.bottom - frame.top);
      const line = `<line x1="${px(frame.left)}" x2="${px(frame.right)}" y1="${px(y)}" y2="${px(y)}" stroke="${GRID}"/>`;
      return line + (label === "" ? "" : svgText(frame.left - 8, y + 4, label, { anchor: "end" }));
    })
    .join("\n");
}

/** The axis at the bottom: a line, marks, numbers. */
export function svgXAxis(frame: Frame, scale: Scale): string {
  const base = `<line x1="${px(frame.left)}" x2="${px(frame.right)}" y1="${px(frame.bottom)}" y2="${px(frame.bottom)}" stroke="${MUTED}"/>`;
  const marks = scale.ticks.map(({ value, label }) => {
    const x = frame.left + scale.place(value) * (frame.right - frame.left);
    return `<line x1="${px(x)}" x2="${px(x)}" y1="${px(frame.bottom)}" y2="${px(frame.bottom + 5)}" stroke="${MUTED}"/>${svgText(x, frame.bottom + 19, label, { anchor: "middle" })}`;
  });
  return [base, ...marks].join("\n");
}

/** The names of both axes. */
export function svgAxisLabels(frame: Frame, xLabel: string | undefined, yLabel: string | undefined): string {
  const [middleX, middleY] = [(frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2];
  return [
    xLabel === undefined
      ? ""
      : svgText(middleX, frame.height - 10, shorten(xLabel, 80), { size: 13, anchor: "middle", fill: INK }),
    yLabel === undefined
      ? ""
      : svgText(18, middleY, shorten(yLabel, 48), { size: 13, anchor: "middle", fill: INK, turn: -90 }),
  ].join("");
}

/** Room for the widest of some labels, in pixels. */
export function labelSpace(labels: readonly string[]): number {
  return Math.max(0, ...labels.map((label) => textWidth(label) * 7));
}

/** A coordinate with as many decimals as a screen can show. */
export const px = (value: number): string => String(Math.round(value * 10) / 10);

/** Where a plot begins: behind the label of its vertical axis and those of the axis' ticks. */
export const leftOf = (yLabel: string | undefined, { ticks }: Scale): number =>
  20 + (yLabel === undefined ? 0 : 20) + labelSpace(ticks.map(({ label }) => label));

export interface LayoutOptions {
  readonly title?: string | undefined;
  readonly xLabel?: string | undefined;
  readonly yLabel?: string | undefined;
}

/** The place left by title, legend (for more than one name) and axes. @param below pixels for the labels of the ticks */
export function layOut(
  names: readonly string[],
  { title, xLabel, yLabel }: LayoutOptions,
  yScale: Scale,
  below = 30,
): { readonly frame: Frame; readonly legend: string } {
  const left = leftOf(yLabel, yScale);
  const top = title === undefined ? 20 : 46;
  const legend = names.length > 1 ? svgLegend(names, left, top + 14, WIDTH - 24 - left) : undefined;
  const frame = {
    width: WIDTH,
    height: HEIGHT,
    left,
    top: top + (legend?.height ?? 0) + 4,
    right: WIDTH - 24,
    bottom: HEIGHT - below - (xLabel === undefined ? 6 : 24),
  };
  return { frame, legend: legend?.svg ?? "" };
}
