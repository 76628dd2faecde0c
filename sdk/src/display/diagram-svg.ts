import type { DiagramBox, DiagramOptions } from "./diagram.js";
import { type Layout, type Spot, layOut } from "./diagram-layout.js";
import { escapeMarkup, shorten, textWidth } from "./escape.js";
import { INK, MUTED, colorOf } from "./palette.js";
import { px, svgDocument, svgLegend, svgText } from "./svg.js";

const LINE = 15;
const PADDING = 9;
const ROW_GAP = 34;
const MARGIN = 20;
const LONGEST = 44;
/** Widths of a letter, in the bold first line and in the others. */
const BOLD = 7.6;
const PLAIN = 6.4;

export function diagramSvg({ boxes, edges, title }: DiagramOptions): string {
  const layout = layOut(
    boxes.map(widthOf),
    edges.map(([from, to]) => ({ from, to })),
  );
  const kinds = [...new Set(boxes.map(({ kind }) => kind))];
  const wide = Math.max(260, ...layout.spots.map(({ x, width }) => x + width / 2)) + 2 * MARGIN;
  const head = title === undefined ? 14 : 46;
  const legend = svgLegend(kinds, MARGIN, head + 14, wide - 2 * MARGIN);
  const tops = rowTops(boxes, layout, head + legend.height + 18);
  const middle = (row: number): number => tops[row] + rowHeight(boxes, layout, row) / 2;
  const place = (spot: Spot): Point => ({ x: spot.x + MARGIN, y: middle(spot.row) });
  const last = tops.length - 1;
  const height = tops[last] + rowHeight(boxes, layout, last) + MARGIN;
  const frame = { width: wide, height, left: MARGIN, top: head, right: wide - MARGIN, bottom: height };
  return svgDocument(frame, title, `Diagram: ${title ?? `${boxes.length} boxes`}`, [
    legend.svg,
    ...layout.routes.map((route) => arrow(route, layout.spots, boxes, place)),
    ...boxes.map((box, i) => drawBox(box, place(layout.spots[i]), layout.spots[i].width, kinds)),
  ]);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const widthOf = ({ lines }: DiagramBox): number =>
  Math.max(46, ...lines.map((line, i) => textWidth(shorten(line, LONGEST)) * (i === 0 ? BOLD : PLAIN))) +
  2 * PADDING;

const heightOf = ({ lines }: DiagramBox): number => lines.length * LINE + 2 * PADDING - 3;

const rowHeight = (boxes: readonly DiagramBox[], { rows }: Layout, row: number): number =>
  Math.max(LINE, ...rows[row].filter((spot) => spot < boxes.length).map((spot) => heightOf(boxes[spot])));

function rowTops(boxes: readonly DiagramBox[], layout: Layout, first: number): number[] {
  let y = first;
  return layout.rows.map((_, row) => {
    const top = y;
    y += rowHeight(boxes, layout, row) + ROW_GAP;
    return top;
  });
}

function drawBox(box: DiagramBox, { x, y }: Point, width: number, kinds: readonly string[]): string {
  const height = heightOf(box);
  const color = colorOf(kinds.indexOf(box.kind));
  const [left, top] = [x - width / 2, y - height / 2];
  const border = `stroke="${color}" stroke-width="1.4"${box.dashed ? ' stroke-dasharray="4 3"' : ""}`;
  const radius = box.round ? height / 2 : 4;
  const body = `<rect x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}" rx="${px(radius)}" fill="#ffffff" ${border}/>`;
  const tint = `<rect x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}" rx="${px(radius)}" fill="${color}" fill-opacity="0.12"/>`;
  const lines = box.lines.map((line, i) =>
    svgText(x, top + PADDING + 9 + i * LINE, shorten(line, LONGEST), {
      size: i === 0 ? 12.5 : 11,
      anchor: "middle",
      fill: i === 0 ? INK : MUTED,
      ...(i === 0 ? { weight: 600 } : {}),
    }),
  );
  const tip = box.tip === undefined ? "" : `<title>${escapeMarkup(box.tip)}</title>`;
  return `<g>${tip}${body}${tint}${lines.join("")}</g>`;
}

/** A smooth line through the bends, from the lower edge of one box to an arrow head at the next one's upper edge. */
function arrow(
  route: readonly number[],
  spots: readonly Spot[],
  boxes: readonly DiagramBox[],
  place: (spot: Spot) => Point,
): string {
  const points = route.map((spot) => place(spots[spot]));
  const [first, end] = [points[0], points[points.length - 1]];
  const start = { x: first.x, y: first.y + heightOf(boxes[route[0]]) / 2 };
  const tip = { x: end.x, y: end.y - heightOf(boxes[route[route.length - 1]]) / 2 };
  const stops = [start, ...points.slice(1, -1), { x: tip.x, y: tip.y - 5 }];
  const curves = stops.slice(1).map((to, i) => {
    const from = stops[i];
    const bend = (to.y - from.y) / 2;
    return `C${px(from.x)} ${px(from.y + bend)} ${px(to.x)} ${px(to.y - bend)} ${px(to.x)} ${px(to.y)}`;
  });
  const line = `<path d="M${px(start.x)} ${px(start.y)}${curves.join("")}" fill="none" stroke="${MUTED}" stroke-opacity="0.7"/>`;
  const head = `<path d="M${px(tip.x - 3.5)} ${px(tip.y - 6)}L${px(tip.x)} ${px(tip.y)}L${px(tip.x + 3.5)} ${px(tip.y - 6)}Z" fill="${MUTED}"/>`;
  return line + head;
}
