import { addAccessors, type Options, VISIBLE, withParts } from "./define.js";
import { host, type Json } from "./host.js";
import { Widget } from "./widget.js";

const OUTPUT = {
  name: "Output",
  module: "@jupyter-widgets/output",
  version: "1.0.0",
  quiet: ["outputs"] as const,
  defaults: { ...VISIBLE, msgId: "", outputs: [] as readonly Json[] },
} as const;

type State = { -readonly [K in keyof typeof OUTPUT.defaults]: (typeof OUTPUT.defaults)[K] };

/**
 * A place for output. While `capture` runs, front ends put the output of the request that runs into it
 * (they know it by its message id); `append` adds to it at any time.
 *
 * @example
 * const out = new widgets.Output();
 * await out.capture(() => console.log("in the box"));
 */
export class Output extends Widget<State> {
  declare msgId: string;
  declare outputs: readonly Json[];

  constructor(options: Options<State> = {}) {
    super(...withParts<State, never>(OUTPUT, options));
  }

  /** Runs `work` with its output in this widget, and what it throws shown there. Resolves with its result. */
  async capture<R>(work: () => R | PromiseLike<R>): Promise<R | undefined> {
    const { messageId, end } = host().ownOutput();
    const outer = this.msgId;
    this.msgId = messageId;
    try {
      return await work();
    } catch (error) {
      host().showError(error);
      return undefined;
    } finally {
      end();
      this.msgId = outer;
    }
  }

  /** Adds a value, shown as the end of a cell shows it. */
  async append(value: unknown): Promise<void> {
    const data = await host().format(value);
    this.outputs = [...this.outputs, { output_type: "display_data", data, metadata: {} }];
  }

  /** Adds text as if printed. */
  appendText(text: string, name: "stdout" | "stderr" = "stdout"): void {
    this.outputs = [...this.outputs, { output_type: "stream", name, text }];
  }

  /** Removes all output. */
  clear(): void {
    // a front end may hold output that it has not told of yet: the change must differ to be sent
    if (this.outputs.length === 0) this.outputs = [{ output_type: "stream", name: "stdout", text: "" }];
    this.outputs = [];
  }
}
addAccessors(Output.prototype, [...Object.keys(OUTPUT.defaults), "layout"]);
