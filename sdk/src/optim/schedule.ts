export type ScheduleName = "cosine" | "linear" | "constant";

export interface ScheduleOptions {
  readonly peak: number;
  readonly totalSteps: number;
  /** Steps of linear rise from 0. Default 0. */
  readonly warmupSteps?: number;
  /** What remains at the end, as a share of the peak. Default 0. */
  readonly floor?: number;
}

/**
 * The learning rate of step 1 … totalSteps: a linear rise, then
 * cosine: floor + (1 − floor)(1 + cos πx)/2; linear: 1 − (1 − floor)x; constant: 1.
 *
 * @source Loshchilov and Hutter 2017, eq. 5 (cosine)
 * @example learningRateAt("constant", 5, { peak: 0.1, totalSteps: 10 }) // 0.1
 */
export function learningRateAt(name: ScheduleName, step: number, options: ScheduleOptions): number {
  const { peak, totalSteps, warmupSteps = 0, floor = 0 } = options;
  if (step <= warmupSteps) return (peak * step) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  const shape = {
    cosine: floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2,
    linear: 1 - (1 - floor) * progress,
    constant: 1,
  };
  return peak * shape[name];
}
