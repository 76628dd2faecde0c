import { CONTROL, defineWidget } from "./define.js";

type Orientation = "horizontal" | "vertical";
type BarStyle = "success" | "info" | "warning" | "danger" | "";
type Behavior = "drag-tap" | "drag-snap" | "tap" | "drag" | "snap";

const SLIDER = {
  ...CONTROL,
  behavior: "drag-tap" as Behavior,
  continuousUpdate: true,
  disabled: false,
  orientation: "horizontal" as Orientation,
  readout: true,
};
const BAR = { ...CONTROL, barStyle: "" as BarStyle, orientation: "horizontal" as Orientation };
const FIELD = { ...CONTROL, continuousUpdate: false, disabled: false };
const WHOLE = ["min", "max", "step", "value"] as const;

/** A slider over whole numbers from `min` to `max`. @example new widgets.IntSlider({ value: 3, max: 10 }) */
export const IntSlider = defineWidget({
  name: "IntSlider",
  style: "SliderStyle",
  whole: WHOLE,
  defaults: { ...SLIDER, max: 100, min: 0, readoutFormat: "d", step: 1, value: 0 },
});
/** A slider over numbers. */
export const FloatSlider = defineWidget({
  name: "FloatSlider",
  style: "SliderStyle",
  defaults: { ...SLIDER, max: 100, min: 0, readoutFormat: ".2f", step: 0.1, value: 0 },
});
/** A slider over powers: `min` and `max` are exponents of `base`. */
export const FloatLogSlider = defineWidget({
  name: "FloatLogSlider",
  style: "SliderStyle",
  defaults: { ...SLIDER, base: 10, max: 4, min: 0, readoutFormat: ".3g", step: 0.1, value: 1 },
});
/** Two handles on one slider: `value` is [low, high]. */
export const IntRangeSlider = defineWidget({
  name: "IntRangeSlider",
  style: "SliderStyle",
  defaults: { ...SLIDER, max: 100, min: 0, readoutFormat: "d", step: 1, value: [0, 1] as number[] },
});
/** Two handles on one slider over numbers. */
export const FloatRangeSlider = defineWidget({
  name: "FloatRangeSlider",
  style: "SliderStyle",
  defaults: { ...SLIDER, max: 100, min: 0, readoutFormat: ".2f", step: 0.1, value: [0, 1] as number[] },
});
/** A bar that fills up. */
export const IntProgress = defineWidget({
  name: "IntProgress",
  view: "ProgressView",
  style: "ProgressStyle",
  whole: ["min", "max", "value"],
  defaults: { ...BAR, max: 100, min: 0, value: 0 },
});
/** A bar that fills up, over numbers. */
export const FloatProgress = defineWidget({
  name: "FloatProgress",
  view: "ProgressView",
  style: "ProgressStyle",
  defaults: { ...BAR, max: 100, min: 0, value: 0 },
});
/** A field for a whole number. */
export const IntText = defineWidget({
  name: "IntText",
  style: "DescriptionStyle",
  whole: ["step", "value"],
  defaults: { ...FIELD, step: 1, value: 0 },
});
/** A field for a number. */
export const FloatText = defineWidget({
  name: "FloatText",
  style: "DescriptionStyle",
  defaults: { ...FIELD, step: null as number | null, value: 0 },
});
/** A field for a whole number from `min` to `max`. */
export const BoundedIntText = defineWidget({
  name: "BoundedIntText",
  view: "IntTextView",
  style: "DescriptionStyle",
  whole: WHOLE,
  defaults: { ...FIELD, max: 100, min: 0, step: 1, value: 0 },
});
/** A field for a number from `min` to `max`. */
export const BoundedFloatText = defineWidget({
  name: "BoundedFloatText",
  view: "FloatTextView",
  style: "DescriptionStyle",
  defaults: { ...FIELD, max: 100, min: 0, step: null as number | null, value: 0 },
});
/** Buttons that count `value` up over time; link it to a slider with `jslink`. */
export const Play = defineWidget({
  name: "Play",
  style: "DescriptionStyle",
  whole: [...WHOLE, "interval"],
  defaults: {
    ...CONTROL,
    disabled: false,
    interval: 100,
    max: 100,
    min: 0,
    playing: false,
    repeat: false,
    showRepeat: true,
    step: 1,
    value: 0,
  },
});

export type IntSlider = InstanceType<typeof IntSlider>;
export type FloatSlider = InstanceType<typeof FloatSlider>;
export type IntProgress = InstanceType<typeof IntProgress>;
export type FloatProgress = InstanceType<typeof FloatProgress>;
export type IntText = InstanceType<typeof IntText>;
export type FloatText = InstanceType<typeof FloatText>;
export type Play = InstanceType<typeof Play>;
