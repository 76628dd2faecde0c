import { randomUUID } from "node:crypto";
import { DISPLAY, type Displayable, type MimeBundle, showBundle } from "./display.js";
import { type LineChartOptions, lineChart } from "./line-chart.js";
import { throttle } from "./throttle.js";

/** A line chart that grows, as one output changed in place. */
export interface LiveChart extends Displayable {
  /** Adds a point to a series; a new name starts a new series. */
  add(series: string, x: number, y: number): void;
  /** Draws what is there a last time. */
  done(): void;
}

const GAP_MS = 250;

/**
 * Shows a line chart that is redrawn as points come, at most four times a second.
 *
 * @example
 * const chart = liveChart({ title: "Loss", xLabel: "step", logY: true });
 * for await (const event of job) if (event.type === "step") chart.add("train", event.step, event.loss);
 * chart.done();
 */
export function liveChart(options: Omit<LineChartOptions, "series"> = {}): LiveChart {
  const displayId = `chart-${randomUUID()}`;
  const series = new Map<string, { x: number[]; y: number[] }>();
  let [shown, finished] = [false, false];
  const bundle = (): MimeBundle =>
    series.size === 0
      ? { "text/plain": `${options.title ?? "chart"}: no points yet` }
      : (lineChart({ ...options, series: [...series].map(([name, points]) => ({ name, ...points })) })[
          DISPLAY
        ]() as MimeBundle);
  const drawn = throttle(() => {
    showBundle(bundle(), { displayId, ...(shown ? { update: true } : {}), final: finished });
    shown = true;
  }, GAP_MS);
  return {
    add: (name, x, y) => {
      const points = series.get(name) ?? { x: [], y: [] };
      points.x.push(x);
      points.y.push(y);
      series.set(name, points);
      if (!finished) drawn.request();
    },
    done: () => {
      if (finished) return;
      finished = true;
      drawn.flush();
    },
    [DISPLAY]: bundle,
  };
}
