import { Checkbox, Text } from "./texts.js";
import { type VBox as VBoxOf, VBox } from "./boxes.js";
import { FloatSlider, IntSlider } from "./numbers.js";
import { Output } from "./output.js";
import { Dropdown } from "./selections.js";
import { type AnyWidget, isWidget } from "./serialize.js";
import { DISPLAY, host } from "./host.js";
import { KernelError } from "../errors.js";

/** A widget, or what stands for one. */
export type Control =
  number | boolean | string | readonly (string | number)[] | Readonly<Record<string, unknown>> | AnyWidget;

/** The values that a control takes. */
export type ControlValue<C> = C extends { value: infer V }
  ? V
  : C extends boolean
    ? boolean
    : C extends number
      ? number
      : C extends string
        ? string
        : C extends readonly number[]
          ? number
          : C extends readonly (infer E)[]
            ? E
            : C[keyof C];

export type Controls = Readonly<Record<string, Control>>;
export type ControlValues<C extends Controls> = { readonly [K in keyof C]: ControlValue<C[K]> };

/** Controls and the output that follows them. */
export interface Interaction {
  /** Controls above output: `display` it to show it once more. */
  readonly widget: VBoxOf;
  readonly output: Output;
  readonly controls: Readonly<Record<string, Valued>>;
  /** What the function returned last. */
  readonly result: unknown;
  /** Runs the function with the values as they are. */
  update(): Promise<void>;
}

interface Valued extends AnyWidget {
  readonly value: unknown;
  onChange(handler: () => unknown): () => void;
}

/**
 * Shows a control for each argument of `run`, calls it with their values now and after each change, and
 * shows what it prints, displays and returns below them.
 *
 * `[min, max]` and `[min, max, step]` are sliders (over whole numbers if all are whole), a number a slider
 * around it, `true` a checkbox, a text a field, a list of texts or an object of values a dropdown.
 *
 * @example
 * interact(({ x, on, mode }) => (on ? mode.repeat(x) : ""), { x: [0, 10], on: true, mode: ["a", "b"] });
 */
export function interact<const C extends Controls>(
  run: (values: ControlValues<C>) => unknown,
  controls: C,
): Interaction {
  const made = build(run, controls, false);
  void host().display(made.widget);
  void made.update();
  return made;
}

/** `interact` that runs and is shown when a cell ends with it, or its `widget` is shown. */
export function interactive<const C extends Controls>(
  run: (values: ControlValues<C>) => unknown,
  controls: C,
): Interaction {
  return build(run, controls, true);
}

function build<C extends Controls>(
  run: (values: ControlValues<C>) => unknown,
  controls: C,
  shows: boolean,
): Interaction {
  const made = Object.fromEntries(
    Object.entries(controls).map(([name, control]) => [name, makeControl(name, control)]),
  );
  const output = new Output();
  const state = { result: undefined as unknown };
  const update = latestOnly(() =>
    output.capture(async () => {
      host().clearOutput({ wait: true });
      const values = Object.fromEntries(Object.entries(made).map(([name, one]) => [name, one.value]));
      state.result = await run(values as ControlValues<C>);
      if (state.result !== undefined) await host().display(state.result);
    }),
  );
  for (const control of Object.values(made)) control.onChange(update);
  const widget = new VBox({ children: [...Object.values(made), output] });
  return {
    widget,
    output,
    controls: made,
    update,
    get result() {
      return state.result;
    },
    [Symbol.for("gradlab.display")]: () => {
      if (!shows) return {}; // `interact` has shown itself: ending a cell with it shows nothing more
      void update();
      return widget[DISPLAY]();
    },
  };
}

/** Calls that come while one runs are made once, when it has ended. */
function latestOnly(run: () => Promise<unknown>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;
  return () => {
    again = true;
    running ??= (async () => {
      while (again) {
        again = false;
        await run();
      }
    })().finally(() => (running = undefined));
    return running;
  };
}

function makeControl(name: string, control: Control): Valued {
  if (isWidget(control)) {
    if ("value" in control) return control as unknown as Valued;
    throw new KernelError("E_USAGE", `interact: ${name} is a widget without a value.`);
  }
  const description = name;
  switch (typeof control) {
    case "boolean":
      return new Checkbox({ description, value: control });
    case "string":
      return new Text({ description, value: control });
    case "number":
      return slider(name, around(control), control);
    default:
      return Array.isArray(control)
        ? fromList(name, control)
        : new Dropdown({ description, options: control as Record<string, unknown> });
  }
}

function fromList(description: string, list: readonly (string | number)[]): Valued {
  if ((list.length === 2 || list.length === 3) && list.every((one) => typeof one === "number")) {
    return slider(description, list, undefined);
  }
  if (list.length === 0)
    throw new KernelError("E_USAGE", `interact: ${description} has nothing to choose from.`);
  return new Dropdown<string | number>({ description, options: list });
}

/** A number alone: from its negative to three times it, as in ipywidgets. */
function around(value: number): readonly number[] {
  if (value === 0) return [0, 1];
  return value > 0 ? [-value, 3 * value] : [3 * value, -value];
}

function slider(description: string, [min, max, step]: readonly number[], value: number | undefined): Valued {
  const whole = [min, max, step ?? 1].every(Number.isInteger);
  if (whole) {
    const middle = value ?? min + Math.floor((max - min) / 2);
    return new IntSlider({ description, min, max, step: step ?? 1, value: middle });
  }
  return new FloatSlider({ description, min, max, step: step ?? 0.1, value: value ?? min + (max - min) / 2 });
}
