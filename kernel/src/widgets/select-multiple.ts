import { addAccessors, CONTROL, type Options, withParts } from "./define.js";
import { type Choice, findChoice, readChoices, type SelectionChoices } from "./selections.js";
import { type ChangeHandler, Widget } from "./widget.js";

const MULTIPLE = {
  name: "SelectMultiple",
  style: "DescriptionStyle",
  whole: ["rows"] as const,
  defaults: {
    ...CONTROL,
    _optionsLabels: [] as readonly string[],
    disabled: false,
    index: [] as readonly number[],
    rows: 5,
  },
} as const;

type State = { -readonly [K in keyof typeof MULTIPLE.defaults]: (typeof MULTIPLE.defaults)[K] };

export type SelectMultipleOptions<V> = Omit<
  Options<State, "DescriptionStyle">,
  "_optionsLabels" | "index"
> & {
  readonly options?: SelectionChoices<V>;
  readonly value?: readonly V[];
};

/** A list with any number of chosen lines. */
export class SelectMultiple<V = string> extends Widget<State> {
  readonly #choices: readonly Choice<V>[];
  declare description: string;
  declare disabled: boolean;
  declare index: readonly number[];
  declare rows: number;

  constructor({ options = [], value = [], ...rest }: SelectMultipleOptions<V> = {}) {
    const choices = readChoices<V>(options);
    const index = value.map((one) => findChoice("SelectMultiple", choices, one));
    const state = { ...rest, _optionsLabels: choices.map(({ label }) => label), index };
    super(...withParts<State, "DescriptionStyle">(MULTIPLE, state));
    this.#choices = choices;
  }

  /** The chosen options. */
  get value(): readonly V[] {
    return this.#at(this.index);
  }

  set value(values: readonly V[]) {
    this.index = values.map((one) => findChoice("SelectMultiple", this.#choices, one));
  }

  /** As for other widgets; `name` is also "value". */
  override observe(handler: ChangeHandler<State>, names?: string | readonly string[]): () => void {
    const wanted = names === undefined ? undefined : [names].flat();
    return super.observe(
      (change) => {
        if (change.name !== "index" || wanted?.includes("value") === false) return handler(change);
        const at = (index: unknown): readonly V[] => this.#at(index as readonly number[]);
        return handler({ ...change, name: "value" as never, old: at(change.old), new: at(change.new) });
      },
      wanted?.map((name) => (name === "value" ? "index" : name)) as readonly (keyof State)[] | undefined,
    );
  }

  override onChange(handler: (value: readonly V[]) => unknown): () => void {
    return this.observe((change) => handler(change.new as readonly V[]), "value");
  }

  #at(index: readonly number[]): readonly V[] {
    return index.flatMap((i) => (i < this.#choices.length ? [this.#choices[i].value] : []));
  }
}
addAccessors(SelectMultiple.prototype, [...Object.keys(MULTIPLE.defaults), "layout", "style"]);
