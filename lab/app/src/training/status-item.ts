import { Widget } from "@lumino/widgets";
import { button } from "../panel/index.js";
import type { CurrentJobs } from "./current-jobs.js";
import { statusText, stepText, titleOf } from "./format.js";
import { hasEnded } from "./protocol.js";

/** In the status bar, or beside the menus of a notebook page, while a job of the notebook in front runs; opens the panel. */
export class TrainingStatus extends Widget {
  readonly #jobs: CurrentJobs;
  readonly #button: HTMLButtonElement;

  constructor(jobs: CurrentJobs, open: () => void) {
    super();
    this.id = "gradlab-training-status";
    this.#jobs = jobs;
    this.#button = button("", open, "gradlab-status-button jp-StatusBar-TextItem");
    this.addClass("gradlab-TrainingStatus");
    this.addClass("jp-mod-highlighted");
    this.node.append(this.#button);
    jobs.changed.connect(() => this.#draw());
    this.#draw();
  }

  /** Whether there is anything to show. */
  get isActive(): boolean {
    return this.#jobs.jobs.some((job) => !hasEnded(job));
  }

  #draw(): void {
    const running = this.#jobs.jobs.filter((job) => !hasEnded(job));
    const [job] = running;
    this.setHidden(job === undefined);
    if (job === undefined) return;
    const steps = stepText(job);
    const text =
      running.length > 1
        ? `${running.length} jobs`
        : `${job.kind} ${statusText(job)}${steps && `, ${steps}`}`;
    // Setting the same text again would take a selection, and a tooltip that is open, away.
    if (this.#button.textContent !== text) this.#button.textContent = text;
    this.#button.title = `${running.map((one) => `${titleOf(one)}: ${statusText(one)}`).join("\n")}\nClick for the Training panel`;
  }
}
