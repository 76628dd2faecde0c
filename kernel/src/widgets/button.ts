import { addAccessors, type Options, VISIBLE, withParts } from "./define.js";
import { Widget } from "./widget.js";

const BUTTON = {
  name: "Button",
  style: "ButtonStyle",
  defaults: {
    ...VISIBLE,
    buttonStyle: "" as "primary" | "success" | "info" | "warning" | "danger" | "",
    description: "",
    disabled: false,
    icon: "",
  },
} as const;

type State = { -readonly [K in keyof typeof BUTTON.defaults]: (typeof BUTTON.defaults)[K] };

/**
 * A button to click.
 *
 * @example
 * const button = new widgets.Button({ description: "Train" });
 * button.onClick(async () => { await train(); });
 */
export class Button extends Widget<State> {
  readonly #clicked = new Set<(button: Button) => unknown>();
  declare description: string;
  declare disabled: boolean;
  declare icon: string;
  declare tooltip: string | null;

  constructor(options: Options<State, "ButtonStyle"> = {}) {
    super(...withParts(BUTTON, options));
    this.onCustom = (content) => (content["event"] === "click" ? this.click() : undefined);
  }

  /** Calls `handler` at each click; a promise keeps the kernel busy. Returns what ends it. */
  onClick(handler: (button: Button) => unknown): () => void {
    this.#clicked.add(handler);
    return () => void this.#clicked.delete(handler);
  }

  /** Does what a click of the user does. */
  async click(): Promise<void> {
    await Promise.all([...this.#clicked].map((handler) => handler(this)));
  }
}
addAccessors(Button.prototype, [...Object.keys(BUTTON.defaults), "layout", "style"]);
