// What the side panels and status items of ours are made of.
export { button, element } from "./element.js";
export { SidePanel } from "./side-panel.js";
