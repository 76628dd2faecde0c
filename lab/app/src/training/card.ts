import { button, element } from "../panel/index.js";
import { lossChart } from "./chart.js";
import { factsOf, statusText, titleOf } from "./format.js";
import { hasEnded, type Job, type JobRequest } from "./protocol.js";

/** One job in the panel. Its parts stay the same nodes, so that focus and screen readers stay where they are. */
export class JobCard {
  readonly node = element("li", "gradlab-Training-job");
  readonly #status = element("span", "gradlab-status");
  readonly #bar = element("progress");
  readonly #chart = element("div");
  readonly #legend = element("p", "gradlab-Training-legend");
  readonly #facts = element("dl", "gradlab-Training-facts");
  readonly #failure = element("div");
  readonly #buttons = element("div", "gradlab-Training-buttons");
  readonly #hold: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  #job: Job;
  /** What was asked for and has not come about. */
  #asked: JobRequest | undefined;

  constructor(job: Job, ask: (method: JobRequest, job: Job) => void) {
    this.#job = job;
    const send = (method: JobRequest): void => {
      this.#asked = method;
      ask(method, this.#job);
      this.update(this.#job);
    };
    this.#hold = button("Pause", () => send(this.#isHeld() ? "resume" : "pause"));
    this.#stop = button("Stop", () => send("stop"));
    this.#buttons.append(this.#hold, this.#stop);
    const title = element("h3", "", titleOf(job));
    const place = element("span", "gradlab-facts", job.cell);
    this.#bar.setAttribute("aria-label", `progress of ${titleOf(job)}`);
    const head = element("div", "gradlab-Training-head", title, this.#status, place);
    this.#legend.append(
      element("span", "gradlab-loss", "training loss"),
      element("span", "gradlab-evalLoss", "held-out loss"),
    );
    this.node.append(
      ...[head, this.#bar, this.#chart, this.#legend, this.#facts, this.#failure, this.#buttons],
    );
    this.update(job);
  }

  update(job: Job): void {
    if (job.status !== this.#job.status) this.#asked = undefined;
    this.#job = job;
    this.#status.textContent = this.#asked === "stop" ? "stopping" : statusText(job);
    this.#status.dataset["status"] = job.status;
    this.#drawBar(job);
    const chart = lossChart(job);
    this.#chart.replaceChildren(...(chart === undefined ? [] : [chart]));
    this.#legend.hidden = chart === undefined || job.evalLoss.length === 0;
    const facts = factsOf(job).flatMap(([name, value]) => [
      element("dt", "", name),
      element("dd", "", value),
    ]);
    this.#facts.replaceChildren(...facts);
    this.#drawFailure(job);
    this.#drawButtons(job);
  }

  #drawBar({ status, values: { step, totalSteps } }: Job): void {
    const counted = step !== undefined && totalSteps !== undefined && totalSteps > 0;
    this.#bar.hidden = !counted && status !== "running";
    if (counted) {
      this.#bar.max = totalSteps;
      this.#bar.value = step;
    } else this.#bar.removeAttribute("value");
  }

  #drawFailure({ error }: Job): void {
    if (error === undefined) return;
    const { code, message, hint } = error;
    const sentence = code === undefined ? message : `${message} (${code})`;
    this.#failure.replaceChildren(
      element("p", "gradlab-Training-error", sentence),
      ...(hint === undefined ? [] : [element("p", "gradlab-hint", hint)]),
    );
  }

  #drawButtons(job: Job): void {
    this.#buttons.hidden = hasEnded(job);
    this.#hold.textContent = this.#isHeld() ? "Resume" : "Pause";
    this.#hold.disabled = !job.pausable || this.#asked === "stop";
    this.#hold.title = job.pausable ? "" : "This job has not come to a place where it can wait.";
    this.#stop.disabled = this.#asked === "stop";
    this.#hold.setAttribute("aria-label", `${this.#hold.textContent} ${titleOf(job)}`);
    this.#stop.setAttribute("aria-label", `Stop ${titleOf(job)}`);
  }

  #isHeld(): boolean {
    return this.#job.status === "paused" || this.#job.status === "pausing";
  }
}
