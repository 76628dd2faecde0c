import { GradlabError, nearestName } from "../errors.js";

/** How much of the peak a step gets, behind the warm-up. */
type Shape = (place: Place) => number;

interface Place extends Required<Pick<ScheduleOptions, "totalSteps" | "warmupSteps" | "floor" | "power">> {
  readonly step: number;
  /** 0 at the end of the warm-up, 1 at the last step and after it. */
  readonly progress: number;
  readonly decaySteps: number;
  readonly decayShape: "1-sqrt" | "linear";
  readonly cycles: number;
}

const cosineFrom = (high: number, low: number, x: number): number =>
  low + ((high - low) * (1 + Math.cos(Math.PI * x))) / 2;

/** Where in its cycle a step lies; the last step of all ends the last cycle. */
function withinCycle({ progress, cycles }: Place): number {
  return progress >= 1 ? 1 : (progress * cycles) % 1;
}

const SHAPES = {
  cosine: (place) => cosineFrom(1, place.floor, withinCycle(place)),
  linear: ({ progress, floor }) => 1 - (1 - floor) * progress,
  constant: () => 1,
  wsd: ({ step, totalSteps, decaySteps, decayShape, floor }) => {
    const x = Math.min(1, Math.max(0, (step - totalSteps + decaySteps) / Math.max(1, decaySteps)));
    return 1 - (1 - floor) * (decayShape === "linear" ? x : Math.sqrt(x));
  },
  polynomial: ({ progress, power, floor }) => floor + (1 - floor) * (1 - progress) ** power,
  "inverse-sqrt": ({ step, warmupSteps }) => Math.sqrt(Math.max(1, warmupSteps) / step),
  "one-cycle": ({ step, totalSteps, warmupSteps }) => {
    const peakAt = (warmupSteps > 0 ? warmupSteps : 0.3 * totalSteps) - 1;
    const at = Math.min(step, totalSteps) - 1;
    if (at <= peakAt) return cosineFrom(1 / 25, 1, at / Math.max(peakAt, 1e-9));
    return cosineFrom(1, 1 / 25e4, (at - peakAt) / (totalSteps - 1 - peakAt));
  },
} as const satisfies Readonly<Record<string, Shape>>;

export type ScheduleName = keyof typeof SHAPES;

export const SCHEDULE_NAMES = Object.keys(SHAPES) as readonly ScheduleName[];

export interface ScheduleOptions {
  readonly peak: number;
  readonly totalSteps: number;
  /** Steps of linear rise from 0; the rise of one-cycle instead, then by a cosine. Default 0 (one-cycle: 30 %). */
  readonly warmupSteps?: number;
  /** What remains at the end, as a share of the peak. Default 0. Not for constant, inverse-sqrt and one-cycle. */
  readonly floor?: number;
  /** wsd: the steps of the final decay. Default: a fifth of the steps behind the warm-up. */
  readonly decaySteps?: number;
  /** wsd: 1 − √x (default) or 1 − x. */
  readonly decayShape?: "1-sqrt" | "linear";
  /** polynomial: its degree. Default 2. */
  readonly power?: number;
  /** cosine: falls from the peak this many times, with warm restarts between. Default 1. */
  readonly cycles?: number;
}

/**
 * The learning rate of step 1 … totalSteps. Behind a linear rise over w warm-up steps, with x from 0 to 1 over the
 * steps left and floor f, the share of the peak is
 *
 * - constant: 1
 * - linear: 1 − (1−f)x
 * - cosine: f + (1−f)(1 + cos πx)/2, over each of `cycles` equal parts
 * - polynomial: f + (1−f)(1−x)^power
 * - wsd (warm-up, stable, decay): 1, then 1 − (1−f)√y over the last steps: training can go on from before the decay
 * - inverse-sqrt: √(w/step)
 * - one-cycle: by cosines from 1/25 up to 1 and down to 1/250000
 *
 * @throws E_CONFIG for an unknown name
 * @source Loshchilov and Hutter 2017, eq. 5 (cosine, restarts); Hu et al. 2024, MiniCPM, §4, and Hägele et al. 2024 (wsd,
 *   1 − √x); Vaswani et al. 2017, §5.3 (inverse-sqrt); Smith and Topin 2017 in the form of torch's OneCycleLR
 * @example learningRateAt("constant", 5, { peak: 0.1, totalSteps: 10 }) // 0.1
 */
export function learningRateAt(name: ScheduleName, step: number, options: ScheduleOptions): number {
  const shape = SHAPES[name] as Shape | undefined;
  if (!shape) throw unknownSchedule(name);
  const { peak, totalSteps, warmupSteps = 0, floor = 0, power = 2, cycles = 1 } = options;
  if (step < warmupSteps && name !== "one-cycle") return (peak * step) / warmupSteps;
  const left = Math.max(1, totalSteps - warmupSteps);
  const progress = Math.min(1, Math.max(0, (step - warmupSteps) / left));
  const { decaySteps = left / 5, decayShape = "1-sqrt" } = options;
  const place = { step, totalSteps, warmupSteps, floor, power, cycles, decayShape };
  return peak * shape({ ...place, progress, decaySteps: Math.min(decaySteps, left) });
}

function unknownSchedule(name: string): GradlabError {
  const near = nearestName(name, SCHEDULE_NAMES);
  return new GradlabError("E_CONFIG", `There is no schedule ${JSON.stringify(name)}.`, {
    where: "schedule",
    hint: `${near ? `Did you mean "${near}"? ` : ""}Schedules: ${SCHEDULE_NAMES.join(", ")}.`,
  });
}

/**
 * The learning rates of all steps, ready for a chart: element i belongs to step i + 1.
 *
 * @example
 * const options = { peak: 1, totalSteps: 100, warmupSteps: 10 };
 * lineChart({ series: [{ name: "wsd", y: learningRates("wsd", options) }], xLabel: "step" });
 */
export const learningRates = (name: ScheduleName, options: ScheduleOptions): Float64Array =>
  Float64Array.from({ length: options.totalSteps }, (_, i) => learningRateAt(name, i + 1, options));
