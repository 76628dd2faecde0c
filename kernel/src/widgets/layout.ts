import { type Kind, Widget } from "./widget.js";

const BASE = { module: "@jupyter-widgets/base", version: "2.0.0" } as const;

type Css = string | null;

/** Every key of a layout: CSS by the names that CSS has in JavaScript. */
const LAYOUT_KEYS = [
  "alignContent", "alignItems", "alignSelf", "borderBottom", "borderLeft", "borderRight", "borderTop", "bottom",
  "display", "flex", "flexFlow", "gridArea", "gridAutoColumns", "gridAutoFlow", "gridAutoRows", "gridColumn",
  "gridGap", "gridRow", "gridTemplateAreas", "gridTemplateColumns", "gridTemplateRows", "height", "justifyContent",
  "justifyItems", "left", "margin", "maxHeight", "maxWidth", "minHeight", "minWidth", "objectFit", "objectPosition",
  "order", "overflow", "padding", "right", "top", "visibility", "width",
] as const; // prettier-ignore

export type LayoutState = { [K in (typeof LAYOUT_KEYS)[number]]: Css };
export type LayoutOptions = Partial<LayoutState> & { readonly border?: string };

const LAYOUT: Kind<LayoutState> = {
  ...BASE,
  name: "Layout",
  defaults: Object.fromEntries(LAYOUT_KEYS.map((key) => [key, null])) as LayoutState,
};

/** Where and how large a widget is: a CSS box. `border` stands for all four sides. */
export class Layout extends Widget<LayoutState> {
  constructor({ border, ...options }: LayoutOptions = {}) {
    const sides =
      border === undefined
        ? {}
        : { borderTop: border, borderRight: border, borderBottom: border, borderLeft: border };
    super(LAYOUT, { ...sides, ...options });
  }
}

const FONT = {
  fontFamily: null as Css,
  fontSize: null as Css,
  fontStyle: null as Css,
  fontVariant: null as Css,
  fontWeight: null as Css,
  textColor: null as Css,
  textDecoration: null as Css,
};
const DESCRIPTION = { descriptionWidth: "" };
const TEXT = { ...DESCRIPTION, background: null as Css, fontSize: null as Css, textColor: null as Css };

/** The styles of the controls, by the name of their model. */
export const STYLES = {
  ButtonStyle: { ...FONT, buttonColor: null as Css },
  CheckboxStyle: { ...DESCRIPTION, background: null as Css },
  DescriptionStyle: DESCRIPTION,
  HTMLStyle: TEXT,
  HTMLMathStyle: TEXT,
  LabelStyle: { ...DESCRIPTION, ...FONT, background: null as Css },
  ProgressStyle: { ...DESCRIPTION, barColor: null as Css },
  SliderStyle: { ...DESCRIPTION, handleColor: null as Css },
  TextStyle: TEXT,
  ToggleButtonStyle: { ...DESCRIPTION, ...FONT },
  ToggleButtonsStyle: { ...DESCRIPTION, buttonWidth: "", fontWeight: "" },
} as const;

export type StyleName = keyof typeof STYLES;
export type StyleOptions<N extends StyleName> = {
  -readonly [K in keyof (typeof STYLES)[N]]?: (typeof STYLES)[N][K];
};

/** Colours and type of a control. */
export class Style<N extends StyleName = StyleName> extends Widget<(typeof STYLES)[N]> {
  constructor(name: N, options: StyleOptions<N> = {}) {
    const kind = { name, defaults: STYLES[name], view: "StyleView", viewModule: BASE.module };
    super(kind, options);
  }
}
