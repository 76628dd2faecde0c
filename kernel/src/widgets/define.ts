import { Layout, type LayoutOptions, Style, type StyleName, type StyleOptions } from "./layout.js";
import { type Kind, Widget } from "./widget.js";

/** What everything that can be seen has. */
export const VISIBLE = { tabbable: null as boolean | null, tooltip: null as string | null };

/** What every control has beside its value. */
export const CONTROL = { ...VISIBLE, description: "", descriptionAllowHtml: false };

export interface Definition<T extends object, N extends StyleName> extends Kind<T> {
  /** The model of its style; none for boxes and outputs. */
  readonly style?: N;
}

/** What may be given to a widget's constructor. */
export type Options<T, N extends StyleName = StyleName> = Partial<T> & {
  readonly layout?: LayoutOptions | Layout;
  readonly style?: StyleOptions<N> | Style<N>;
};

interface Parts {
  readonly layout: Layout;
  readonly style?: Style;
}

/** The parts that are models of their own: the layout, and the style of what has one. */
export function withParts<T extends object, N extends StyleName>(
  definition: Definition<T, N>,
  { layout, style, ...values }: Options<T, N>,
): [Kind<T>, Partial<T>] {
  const parts: { layout: Layout; style?: Style<N> } = {
    layout: layout instanceof Layout ? layout : new Layout(layout),
  };
  if (definition.style !== undefined) {
    parts.style = style instanceof Style ? style : new Style(definition.style, style);
  }
  const names = Object.fromEntries(Object.keys(parts).map((name) => [name, null]));
  const kind = { ...definition, defaults: { ...definition.defaults, ...names } };
  return [kind, { ...(values as unknown as Partial<T>), ...parts }];
}

/** Properties for the keys of a state: `slider.value = 3` is `slider.set({ value: 3 })`. */
export function addAccessors(prototype: object, names: readonly string[]): void {
  for (const name of names) {
    if (Object.hasOwn(prototype, name)) continue;
    Object.defineProperty(prototype, name, {
      get(this: Widget<Record<string, unknown>>) {
        return this.get(name);
      },
      set(this: Widget<Record<string, unknown>>, value: unknown) {
        this.set({ [name]: value });
      },
      configurable: true,
    });
  }
}

export type WidgetOf<T extends object> = Widget<T> & T & Parts;
export type WidgetClass<T extends object, N extends StyleName = StyleName> = new (
  options?: Options<T, N>,
) => WidgetOf<T>;

/** A class of widgets from its definition: typed options, a property for every key. */
export function defineWidget<T extends object, N extends StyleName = StyleName>(
  definition: Definition<T, N>,
): WidgetClass<T, N> {
  class Defined extends Widget<T> {
    constructor(options: Options<T, N> = {}) {
      super(...withParts(definition, options));
    }
  }
  Object.defineProperty(Defined, "name", { value: definition.name });
  addAccessors(Defined.prototype, [...Object.keys(definition.defaults), "layout", "style"]);
  return Defined as unknown as WidgetClass<T, N>;
}
