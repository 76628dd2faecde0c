import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import type { Figure } from "plotly.js-dist-min";
import { themed } from "./theme.js";
import "./style.css";

type Plotly = typeof import("plotly.js-dist-min");

/** 4.6 MB, fetched with the first chart that is shown. */
const loadPlotly = (): Promise<Plotly> => import("plotly.js-dist-min");

/** One chart. It is drawn once it is on the page and seen, redrawn when the data, the size or the theme change. */
export class PlotlyWidget extends Widget implements IRenderMime.IRenderer {
  readonly #mimeType: string;
  readonly #chart = document.createElement("div");
  #figure: Figure | undefined;
  #plotly: Plotly | undefined;
  #drawing: Promise<void> = Promise.resolve();
  readonly #size = new ResizeObserver(() => this.#resize());
  readonly #theme = new MutationObserver(() => void this.#draw());

  constructor({ mimeType }: IRenderMime.IRendererOptions) {
    super();
    this.#mimeType = mimeType;
    this.addClass("gradlab-Plotly");
    this.node.append(this.#chart);
    // Not "img": Plotly puts buttons and handles inside.
    this.#chart.setAttribute("role", "group");
    this.#chart.setAttribute("aria-label", "chart");
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const data = model.data[this.#mimeType];
    if (!isFigure(data)) {
      this.#say("This output says it is a Plotly figure but holds none.");
      return;
    }
    this.#figure = data;
    this.#chart.setAttribute("aria-label", describe(data, model.data["text/plain"]));
    if (this.isAttached) await this.#draw();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.#size.observe(this.node);
    this.#theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name"] });
    void this.#draw();
  }

  protected override onBeforeDetach(message: Message): void {
    this.#size.disconnect();
    this.#theme.disconnect();
    this.#plotly?.purge(this.#chart);
    super.onBeforeDetach(message);
  }

  /** One drawing at a time: Plotly mixes up two at once. */
  #draw(): Promise<void> {
    this.#drawing = this.#drawing
      .then(() => this.#drawNow())
      .catch((error: unknown) => this.#say(reason(error)));
    return this.#drawing;
  }

  async #drawNow(): Promise<void> {
    if (this.#figure === undefined || !this.isAttached) return;
    const plotly = (this.#plotly ??= await loadPlotly());
    if (this.isDisposed || !this.isAttached) return;
    await plotly.react(this.#chart, themed(this.#figure, this.node));
    if (this.#figure.frames !== undefined) await plotly.addFrames(this.#chart, this.#figure.frames);
  }

  #resize(): void {
    if (
      this.#plotly !== undefined &&
      this.node.clientWidth > 0 &&
      this.#chart.classList.contains("js-plotly-plot")
    ) {
      this.#plotly.Plots.resize(this.#chart);
    }
  }

  #say(text: string): void {
    const note = document.createElement("pre");
    note.textContent = text;
    this.node.replaceChildren(note);
  }
}

function isFigure(value: unknown): value is Figure {
  return typeof value === "object" && value !== null && "data" in value && Array.isArray(value.data);
}

/** What a screen reader says: the title, and the text that the kernel sent beside the figure. */
function describe(figure: Figure, text: unknown): string {
  const title = figure.layout?.["title"];
  const name = typeof title === "object" && title !== null && "text" in title ? String(title.text) : "chart";
  const first = typeof text === "string" ? text.split("\n", 1)[0] : "";
  return first === "" || first === name ? name : `${name}: ${first}`;
}

const reason = (error: unknown): string =>
  `The chart could not be drawn: ${error instanceof Error ? error.message : String(error)}`;
