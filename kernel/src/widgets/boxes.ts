import { defineWidget, type Options, VISIBLE, type WidgetOf } from "./define.js";
import type { AnyWidget } from "./serialize.js";

type BoxStyle = "success" | "info" | "warning" | "danger" | "";
const BOX = { ...VISIBLE, boxStyle: "" as BoxStyle, children: [] as readonly AnyWidget[] };
const PAGES = { ...BOX, selectedIndex: null as number | null, titles: [] as readonly string[] };

/** Widgets together, laid out by the box's `layout`. */
export const Box = defineWidget({ name: "Box", defaults: BOX });
/** Widgets side by side. */
export const HBox = defineWidget({ name: "HBox", defaults: BOX });
/** Widgets above each other. */
export const VBox = defineWidget({ name: "VBox", defaults: BOX });
/** Widgets on a grid. */
export const GridBox = defineWidget({ name: "GridBox", defaults: BOX });
/** One page of several, chosen by tabs with `titles`. */
export const Tab = defineWidget({
  name: "Tab",
  whole: ["selectedIndex"],
  nullable: ["selectedIndex"],
  defaults: PAGES,
});
/** Pages that fold. */
export const Accordion = defineWidget({
  name: "Accordion",
  whole: ["selectedIndex"],
  nullable: ["selectedIndex"],
  defaults: PAGES,
});
/** One page of several, chosen by `selectedIndex`. */
export const Stack = defineWidget({
  name: "Stack",
  whole: ["selectedIndex"],
  nullable: ["selectedIndex"],
  defaults: PAGES,
});

export type Box = WidgetOf<typeof BOX>;
export type HBox = WidgetOf<typeof BOX>;
export type VBox = WidgetOf<typeof BOX>;
export type Tab = WidgetOf<typeof PAGES>;
export type BoxOptions = Options<typeof BOX>;
