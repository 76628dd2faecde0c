import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { heatMap, histogram } from "./heat-map.js";
import { describeStats, readSummary, type TensorSummary } from "./summary.js";
import "./style.css";

const VIEWS = ["Values", "Heat map", "Histogram"] as const;
type View = (typeof VIEWS)[number];

/** A tensor: its text first, pictures when asked for. */
export class TensorWidget extends Widget implements IRenderMime.IRenderer {
  readonly #mimeType: string;
  #summary: TensorSummary | undefined;
  #text = "";
  #view: View = "Values";
  #slice = 0;

  constructor({ mimeType }: IRenderMime.IRendererOptions) {
    super();
    this.#mimeType = mimeType;
    this.addClass("gradlab-Tensor");
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.#summary = readSummary(model.data[this.#mimeType]);
    const text = model.data["text/plain"];
    this.#text = typeof text === "string" ? text : Array.isArray(text) ? text.join("") : "";
    this.#draw();
    await Promise.resolve();
  }

  #draw(focus?: string): void {
    const values = document.createElement("pre");
    values.textContent = this.#text;
    const summary = this.#summary;
    if (summary === undefined || summary.stats === null) {
      this.node.replaceChildren(values);
      return;
    }
    const bar = document.createElement("div");
    bar.className = "gradlab-Tensor-bar";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "how the tensor is shown");
    bar.append(...VIEWS.map((view) => this.#button(view, view === this.#view, () => (this.#view = view))));
    if (this.#view === "Heat map" && summary.slices.length > 1) bar.append(...this.#slices(summary));
    const facts = document.createElement("span");
    facts.textContent = this.#view === "Values" ? "" : describeStats(summary);
    bar.append(facts);
    this.node.replaceChildren(bar, this.#body(summary, values));
    if (focus !== undefined)
      this.node.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
  }

  #body(summary: TensorSummary, values: Element): Element {
    const slice = summary.slices[this.#slice] ?? summary.slices[0];
    if (this.#view === "Heat map" && slice !== undefined) return heatMap(summary, slice);
    return this.#view === "Histogram" ? histogram(summary) : values;
  }

  /** One button for each matrix of a tensor of three axes or more. */
  #slices({ slices }: TensorSummary): HTMLElement[] {
    return slices.map(({ index }, i) =>
      this.#button(`[${index.join(", ")}]`, i === this.#slice, () => (this.#slice = i)),
    );
  }

  #button(label: string, pressed: boolean, choose: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.setAttribute("aria-pressed", String(pressed));
    button.dataset["focus"] = label;
    button.addEventListener("click", () => {
      choose();
      this.#draw(label);
    });
    return button;
  }
}
