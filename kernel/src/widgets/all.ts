export { Accordion, Box, GridBox, HBox, Stack, Tab, VBox } from "./boxes.js";
export { Button } from "./button.js";
export { Layout, Style } from "./layout.js";
export { jsdlink, jslink } from "./link.js";
export {
  BoundedFloatText,
  BoundedIntText,
  FloatLogSlider,
  FloatProgress,
  FloatRangeSlider,
  FloatSlider,
  FloatText,
  IntProgress,
  IntRangeSlider,
  IntSlider,
  IntText,
  Play,
} from "./numbers.js";
export { Output } from "./output.js";
export { SelectMultiple } from "./select-multiple.js";
export { Dropdown, RadioButtons, Select, SelectionSlider, ToggleButtons } from "./selections.js";
export {
  Checkbox,
  ColorPicker,
  HTML,
  HTMLMath,
  Label,
  Password,
  Text,
  Textarea,
  ToggleButton,
  Valid,
} from "./texts.js";
export { Widget } from "./widget.js";
