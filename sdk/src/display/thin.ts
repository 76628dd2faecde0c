import type { Line } from "./line-chart.js";

/**
 * Thins a line to at most `limit` points: of every stretch the lowest and the highest stay, and both ends, so that
 * spikes and the range are kept. A gap stays a gap.
 */
export function thin(line: Line, limit: number): Line {
  const length = line.y.length;
  if (length <= limit) return line;
  const stretches = Math.floor((limit - 2) / 2);
  const keep = new Set([0, length - 1]);
  for (let s = 0; s < stretches; s++) {
    const [from, to] = [Math.floor((s * length) / stretches), Math.floor(((s + 1) * length) / stretches)];
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if (line.y[i] < line.y[low] || Number.isNaN(line.y[low])) low = i;
      if (line.y[i] > line.y[high] || Number.isNaN(line.y[high])) high = i;
    }
    keep.add(low).add(high);
  }
  const kept = [...keep].sort((a, b) => a - b);
  const pick = (values: readonly number[]): number[] => kept.map((i) => values[i]);
  const { name, x, y, band } = line;
  return {
    name,
    x: pick(x),
    y: pick(y),
    ...(band === undefined ? {} : { band: { low: pick(band.low), high: pick(band.high) } }),
  };
}
