import type { Message } from "@lumino/messaging";
import { element, SidePanel } from "../panel/index.js";
import { JobCard } from "./card.js";
import type { CurrentJobs } from "./current-jobs.js";
import { statusText, titleOf } from "./format.js";
import { trainingIcon } from "./icon.js";
import { hasEnded } from "./protocol.js";

/** The side panel: the jobs of the notebook in front, with their losses and the buttons that hold and end them. */
export class TrainingPanel extends SidePanel {
  readonly #jobs: CurrentJobs;
  readonly #cards = new Map<string, JobCard>();
  readonly #list = element("ul", "gradlab-Training-jobs");
  readonly #empty = element(
    "p",
    "",
    "No job has run in this notebook's kernel. A cell that fine-tunes, quantizes or evaluates a model shows here.",
  );
  /** Says new states, and nothing else, to screen readers. */
  readonly #news = element("div", "gradlab-Training-news");
  readonly #told = new Map<string, string>();

  constructor(jobs: CurrentJobs) {
    super("Training", trainingIcon);
    this.#jobs = jobs;
    this.node.tabIndex = 0;
    this.#news.setAttribute("aria-live", "polite");
    this.node.append(element("h2", "", "Training"), this.#empty, this.#list, this.#news);
    jobs.changed.connect(() => this.#changed());
    this.#changed();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.#draw();
  }

  #changed(): void {
    // A dot on the panel's tab: what runs is seen without the panel.
    this.title.className = this.#jobs.jobs.some((job) => !hasEnded(job)) ? "gradlab-mod-training" : "";
    if (this.isVisible) this.#draw();
  }

  #draw(): void {
    const { jobs } = this.#jobs;
    this.#empty.hidden = jobs.length > 0;
    const cards = jobs.map((job) => {
      const known = this.#cards.get(job.id);
      if (known === undefined) return new JobCard(job, (method, asked) => this.#jobs.ask(method, asked));
      known.update(job);
      return known;
    });
    this.#cards.clear();
    jobs.forEach(({ id }, i) => this.#cards.set(id, cards[i]!));
    const nodes = cards.map(({ node }) => node);
    // Moving a node would take the focus from it.
    if (
      nodes.length !== this.#list.children.length ||
      nodes.some((node, i) => node !== this.#list.children[i])
    )
      this.#list.replaceChildren(...nodes);
    this.#tell();
  }

  #tell(): void {
    for (const job of this.#jobs.jobs) {
      const before = this.#told.get(job.id);
      if (before === job.status) continue;
      this.#told.set(job.id, job.status);
      const why = job.error === undefined ? "" : `: ${job.error.message}`;
      this.#news.textContent = `${titleOf(job)} ${statusText(job)}${why}`;
    }
  }
}
