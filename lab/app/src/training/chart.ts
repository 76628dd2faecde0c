import { countText, numberText } from "./format.js";
import type { Job, Point } from "./protocol.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [240, 140];
const FRAME = { left: 36, right: WIDTH - 8, top: 8, bottom: HEIGHT - 20 };
/** Held-out losses that are told apart by dots; of more there is only the line. */
const DOTS = 60;
/** Gridlines wanted between the lowest and the highest value. */
const TICKS = 4;

/** The losses of a job over its steps; undefined before the second point of a line. */
export function lossChart(job: Job): SVGSVGElement | undefined {
  const training = withNewest(job.loss, job.values.step, job.values.loss);
  const all = [...training, ...job.evalLoss];
  if (training.length < 2 && job.evalLoss.length < 2) return undefined;
  const [x, y] = [scale(all.map(([step]) => step)), scale(all.map(([, loss]) => loss))];
  const place = ([step, loss]: Point): string => {
    const right = FRAME.left + x.part(step) * (FRAME.right - FRAME.left);
    const down = FRAME.bottom - y.part(loss) * (FRAME.bottom - FRAME.top);
    return `${right.toFixed(1)},${down.toFixed(1)}`;
  };
  const chart = node("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": describe(training, job),
  });
  chart.classList.add("gradlab-Training-chart");
  for (const value of y.ticks) {
    const down = place([x.low, value]).split(",")[1] ?? "0";
    chart.append(
      node("line", { class: "gradlab-grid", x1: FRAME.left, x2: FRAME.right, y1: down, y2: down }),
      text(numberText(value), { x: FRAME.left - 4, y: Number(down) + 3, "text-anchor": "end" }),
    );
  }
  chart.append(
    text(countText(x.low), { x: FRAME.left, y: HEIGHT - 6, "text-anchor": "start" }),
    text(`step ${countText(x.high)}`, { x: FRAME.right, y: HEIGHT - 6, "text-anchor": "end" }),
    node("polyline", { class: "gradlab-loss", points: training.map(place).join(" ") }),
    node("polyline", { class: "gradlab-evalLoss", points: job.evalLoss.map(place).join(" ") }),
  );
  for (const point of job.evalLoss.length > DOTS ? [] : job.evalLoss) {
    const [cx = "0", cy = "0"] = place(point).split(",");
    chart.append(node("circle", { class: "gradlab-evalLoss", cx, cy, r: 2 }));
  }
  return chart;
}

/** Long lines come in stretches: the newest point is not in them yet. */
function withNewest(points: readonly Point[], step?: number, loss?: number): readonly Point[] {
  const last = points.at(-1)?.[0] ?? -Infinity;
  const newer = step !== undefined && loss !== undefined && Number.isFinite(loss) && step > last;
  return newer ? [...points, [step, loss]] : points;
}

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** 0 at the low end, 1 at the high one. */
  readonly part: (value: number) => number;
}

function scale(values: readonly number[]): Scale {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const span = high - low || Math.abs(high) || 1;
  const rough = span / TICKS;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5, 10].find((factor) => factor * unit >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.max(0, Math.floor(high / step) - first + 1);
  const ticks = Array.from({ length: count }, (_, i) => (first + i) * step);
  return { low, high, ticks, part: (value) => (high === low ? 0.5 : (value - low) / span) };
}

/** What the picture shows, for who does not see it. */
function describe(training: readonly Point[], { evalLoss }: Job): string {
  const told = (name: string, line: readonly Point[]): string[] => {
    const [first, last] = [line[0], line.at(-1)];
    if (first === undefined || last === undefined) return [];
    const [from, to] = [first, last].map(([step, loss]) => `${numberText(loss)} at step ${countText(step)}`);
    return [`${name} from ${from} to ${to}`];
  };
  return [...told("training loss", training), ...told("held-out loss", evalLoss)].join("; ");
}

type Attributes = Readonly<Record<string, string | number>>;

function node<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

function text(content: string, attributes: Attributes): SVGTextElement {
  const element = node("text", attributes);
  element.textContent = content;
  return element;
}
