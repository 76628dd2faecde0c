import { type Chart, lineChart } from "../display/index.js";
import type { PretrainEvalEvent } from "./events.js";

/**
 * Bits per byte of every held-out file over the tokens trained, or nats where only hidden tokens are predicted; undefined
 * where nothing is held out.
 */
export function drawCurve(title: string, evals: readonly PretrainEvalEvent[]): Chart | undefined {
  const names = Object.keys(evals[0]?.heldOut ?? {});
  if (names.length === 0) return undefined;
  const inBits = evals.every(({ heldOut }) =>
    names.every((name) => heldOut[name]?.bitsPerByte !== undefined),
  );
  const x = evals.map(({ tokens }) => tokens / 1e6);
  const series = names.map((name) => ({
    name,
    x,
    y: evals.map(({ heldOut }) => heldOut[name]?.[inBits ? "bitsPerByte" : "loss"] ?? NaN),
  }));
  const yLabel = inBits ? "held-out bits per byte" : "held-out loss, nats";
  return lineChart({ title, xLabel: "million tokens", yLabel, series });
}
