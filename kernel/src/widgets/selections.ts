import { KernelError } from "../errors.js";
import { addAccessors, CONTROL, type Options, withParts } from "./define.js";
import type { StyleName } from "./layout.js";
import { type ChangeHandler, type Kind, Widget } from "./widget.js";

/** What can be chosen: values, [label, value] pairs, or an object of values by label. */
export type Choices<V> =
  | readonly (V & (string | number | boolean))[]
  | readonly (readonly [string, V])[]
  | Readonly<Record<string, V>>;

interface Choice<V> {
  readonly label: string;
  readonly value: V;
}

function readChoices<V>(choices: Choices<V>): Choice<V>[] {
  if (!Array.isArray(choices))
    return Object.entries(choices as Record<string, V>).map(([label, value]) => ({ label, value }));
  return (choices as readonly unknown[]).map((choice) =>
    Array.isArray(choice)
      ? { label: String(choice[0]), value: choice[1] as V }
      : { label: String(choice), value: choice as V },
  );
}

interface SelectionState {
  _optionsLabels: readonly string[];
  index: number | null;
  description: string;
  descriptionAllowHtml: boolean;
  disabled: boolean;
  tabbable: boolean | null;
  tooltip: string | null;
}

const SELECTION: SelectionState = { ...CONTROL, _optionsLabels: [], disabled: false, index: null };

interface SelectionKind extends Kind<SelectionState> {
  readonly style: StyleName;
  /** Chooses the first option when nothing is said. */
  readonly first: boolean;
}

export type SelectionOptions<V> = Omit<Options<SelectionState>, "index" | "_optionsLabels"> & {
  readonly options?: Choices<V>;
  readonly value?: V | null;
  readonly index?: number | null;
};

/** One of several options. */
class Selection<V> extends Widget<SelectionState> {
  #choices: readonly Choice<V>[];
  readonly #name: string;
  declare description: string;
  declare disabled: boolean;
  declare index: number | null;

  constructor(kind: SelectionKind, { options = [], value, index, ...rest }: SelectionOptions<V>) {
    const choices = readChoices<V>(options);
    const first = kind.first && choices.length > 0 ? 0 : kind.defaults.index;
    const chosen = value === null || value === undefined ? (index ?? first) : find(kind.name, choices, value);
    const state = { ...rest, _optionsLabels: choices.map(({ label }) => label), index: chosen };
    super(...withParts<SelectionState, StyleName>(kind, state));
    this.#choices = choices;
    this.#name = kind.name;
  }

  get options(): readonly (readonly [string, V])[] {
    return this.#choices.map(({ label, value }) => [label, value] as const);
  }

  /** Other options; the first of them is chosen. */
  set options(choices: Choices<V>) {
    this.#choices = readChoices(choices);
    this.set({
      _optionsLabels: this.#choices.map(({ label }) => label),
      index: this.#choices.length > 0 ? 0 : null,
    });
  }

  /** The chosen option; null when there is none. */
  get value(): V | null {
    return this.#valueAt(this.index);
  }

  set value(value: V | null) {
    this.index = value === null ? null : find(this.#name, this.#choices, value);
  }

  /** The text of the chosen option. */
  get label(): string | null {
    return this.index === null ? null : (this.#choices[this.index]?.label ?? null);
  }

  /** As for other widgets; `name` is also "value". */
  override observe(handler: ChangeHandler<SelectionState>, names?: string | readonly string[]): () => void {
    const wanted = names === undefined ? undefined : [names].flat();
    return super.observe(
      (change) => {
        if (change.name !== "index" || wanted?.includes("value") === false) return handler(change);
        const at = (index: unknown): V | null => this.#valueAt(index as number | null);
        return handler({ ...change, name: "value" as never, old: at(change.old), new: at(change.new) });
      },
      wanted?.map((name) => (name === "value" ? "index" : name)) as
        readonly (keyof SelectionState)[] | undefined,
    );
  }

  override onChange(handler: (value: V | null) => unknown): () => void {
    return this.observe((change) => handler(change.new as V | null), "value");
  }

  #valueAt(index: number | null): V | null {
    return index === null ? null : (this.#choices[index]?.value ?? null);
  }
}
addAccessors(Selection.prototype, [...Object.keys(SELECTION), "layout", "style"]);

function find<V>(name: string, choices: readonly Choice<V>[], value: V): number {
  const at = choices.findIndex((choice) => Object.is(choice.value, value));
  if (at >= 0) return at;
  throw new KernelError("E_USAGE", `${name}: ${JSON.stringify(value)} is not one of its options.`, {
    hint: `It has ${choices.map(({ label }) => label).join(", ") || "none"}.`,
  });
}

const kind = (name: string, style: StyleName, more: object = {}, first = true): SelectionKind => ({
  name,
  style,
  first,
  whole: ["index"],
  nullable: ["index"],
  defaults: { ...SELECTION, ...more },
});

const DROPDOWN = kind("Dropdown", "DescriptionStyle");
const SELECT = kind("Select", "DescriptionStyle", { rows: 5 });
const RADIO = kind("RadioButtons", "DescriptionStyle", { orientation: "vertical" });
const TOGGLES = kind("ToggleButtons", "ToggleButtonsStyle", { buttonStyle: "", icons: [], tooltips: [] });
const SLIDER = kind("SelectionSlider", "SliderStyle", {
  index: 0,
  behavior: "drag-tap",
  continuousUpdate: true,
  orientation: "horizontal",
  readout: true,
});

/** A list that opens. @example new widgets.Dropdown({ options: ["adam", "sgd"], value: "sgd" }) */
export class Dropdown<V = string> extends Selection<V> {
  constructor(options: SelectionOptions<V> = {}) {
    super(DROPDOWN, options);
  }
}
/** A list with one chosen line. */
export class Select<V = string> extends Selection<V> {
  constructor(options: SelectionOptions<V> & { readonly rows?: number } = {}) {
    super(SELECT, options);
  }
}
/** Round buttons, one of them on. */
export class RadioButtons<V = string> extends Selection<V> {
  constructor(options: SelectionOptions<V> & { readonly orientation?: "vertical" | "horizontal" } = {}) {
    super(RADIO, options);
  }
}
/** Buttons, one of them pressed. */
export class ToggleButtons<V = string> extends Selection<V> {
  constructor(
    options: SelectionOptions<V> & {
      readonly icons?: readonly string[];
      readonly tooltips?: readonly string[];
    } = {},
  ) {
    super(TOGGLES, options);
  }
}
/** A slider over options. */
export class SelectionSlider<V = string> extends Selection<V> {
  constructor(options: SelectionOptions<V> & { readonly continuousUpdate?: boolean } = {}) {
    super(SLIDER, options);
  }
}

export type { Choices as SelectionChoices };
export { find as findChoice, readChoices, SELECTION, type Choice };
