import { type AnyWidget, toPython } from "./serialize.js";
import { Widget } from "./widget.js";

interface LinkState {
  source: readonly unknown[];
  target: readonly unknown[];
}

/** A key of a widget. */
export type End = readonly [widget: AnyWidget, key: string];

class Link extends Widget<LinkState> {
  constructor(name: "Link" | "DirectionalLink", source: End, target: End) {
    const end = ([widget, key]: End): readonly unknown[] => [widget, toPython(key)];
    super(
      { name, view: null, defaults: { source: [], target: [] } },
      { source: end(source), target: end(target) },
    );
  }
}

/**
 * Keeps two keys the same in the front end, without the kernel.
 *
 * @example jslink([play, "value"], [slider, "value"]);
 */
export function jslink(source: End, target: End): Widget<LinkState> {
  return new Link("Link", source, target);
}

/** Lets `target` follow `source` in the front end. */
export function jsdlink(source: End, target: End): Widget<LinkState> {
  return new Link("DirectionalLink", source, target);
}
