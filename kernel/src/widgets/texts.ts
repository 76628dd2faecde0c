import { CONTROL, defineWidget } from "./define.js";

type ButtonStyle = "primary" | "success" | "info" | "warning" | "danger" | "";

const EMPTY = "\u200b";
const SHOWN = { ...CONTROL, placeholder: EMPTY, value: "" };
const TOGGLE = { ...CONTROL, buttonStyle: "" as ButtonStyle, disabled: false, icon: "", value: false };
const FIELD = { ...SHOWN, continuousUpdate: true, disabled: false };

/** A line of text. */
export const Text = defineWidget({ name: "Text", style: "TextStyle", defaults: FIELD });
/** A line of text that is not shown. */
export const Password = defineWidget({ name: "Password", style: "TextStyle", defaults: FIELD });
/** Several lines of text. */
export const Textarea = defineWidget({
  name: "Textarea",
  style: "TextStyle",
  whole: ["rows"],
  nullable: ["rows"],
  defaults: { ...FIELD, rows: null as number | null },
});
/** Text that is only shown. */
export const Label = defineWidget({ name: "Label", style: "LabelStyle", defaults: SHOWN });
/** HTML, shown as it is: escape what others wrote. */
export const HTML = defineWidget({ name: "HTML", style: "HTMLStyle", defaults: SHOWN });
/** HTML with formulas between dollar signs. */
export const HTMLMath = defineWidget({ name: "HTMLMath", style: "HTMLMathStyle", defaults: SHOWN });
/** A box to tick. */
export const Checkbox = defineWidget({
  name: "Checkbox",
  style: "CheckboxStyle",
  defaults: { ...CONTROL, disabled: false, indent: true, value: false },
});
/** A button that stays pressed. */
export const ToggleButton = defineWidget({
  name: "ToggleButton",
  style: "ToggleButtonStyle",
  defaults: TOGGLE,
});
/** A tick or a cross. */
export const Valid = defineWidget({
  name: "Valid",
  style: "DescriptionStyle",
  defaults: { ...CONTROL, disabled: false, readout: "Invalid", value: false },
});
/** A colour. */
export const ColorPicker = defineWidget({
  name: "ColorPicker",
  style: "DescriptionStyle",
  defaults: { ...CONTROL, concise: false, disabled: false, value: "black" },
});

export type Text = InstanceType<typeof Text>;
export type Textarea = InstanceType<typeof Textarea>;
export type Label = InstanceType<typeof Label>;
export type HTML = InstanceType<typeof HTML>;
export type Checkbox = InstanceType<typeof Checkbox>;
export type ToggleButton = InstanceType<typeof ToggleButton>;
