import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import { NotebookActions } from "@jupyterlab/notebook";
import type { INotebookContent } from "@jupyterlab/nbformat";
import { checkIcon } from "@jupyterlab/ui-components";
import type { Message } from "@lumino/messaging";
import { button, element, SidePanel } from "../panel/index.js";
import { type Check, type Lesson, readLesson } from "./lesson.js";
import { isDone, progressText } from "./read-course.js";

export interface CoursePanelOptions {
  readonly tracker: INotebookTracker;
  readonly lessons: () => Promise<readonly Lesson[]>;
  readonly open: (path: string) => void;
}

const STATES = { open: "○", passed: "✓", failed: "✗" } as const;
const STATE_WORDS = { open: "not run yet", passed: "passed", failed: "failed" } as const;
const REDRAW_MS = 300;

/** The side panel: the lessons with what is passed, and the checks and hints of the notebook in front. */
export class CoursePanel extends SidePanel {
  readonly #options: CoursePanelOptions;
  readonly #shownHints = new Map<string, number>();
  #watched: NotebookPanel | null = null;
  #lessons: readonly Lesson[] = [];
  #timer: number | undefined;

  constructor(options: CoursePanelOptions) {
    super("Course", checkIcon);
    this.#options = options;
    options.tracker.currentChanged.connect(this.#watch, this);
    this.#watch();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this.refresh();
  }

  /** Reads the lessons again and draws. */
  async refresh(): Promise<void> {
    this.#lessons = await this.#options.lessons();
    this.#draw();
  }

  #watch(): void {
    this.#watched?.content.modelContentChanged.disconnect(this.#soon, this);
    this.#watched = this.#options.tracker.currentWidget;
    this.#watched?.content.modelContentChanged.connect(this.#soon, this);
    this.#soon();
  }

  #soon(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.isVisible && this.#draw(), REDRAW_MS);
  }

  /** The notebook in front as it is now, saved or not. */
  #current(): Lesson | undefined {
    const model = this.#watched?.isDisposed === false ? this.#watched.model : null;
    return model
      ? readLesson(this.#watched!.context.path, model.toJSON() as unknown as INotebookContent)
      : undefined;
  }

  #draw(): void {
    const current = this.#current();
    const parts: HTMLElement[] = [element("h2", "", "Course")];
    if (current !== undefined && current.checks.length > 0) parts.push(this.#checks(current));
    const lessons = this.#lessons.map((lesson) => (lesson.path === current?.path ? current : lesson));
    if (lessons.length > 0) parts.push(this.#list(lessons, current?.path));
    else parts.push(element("p", "", "There is no course in the folder that is served."));
    this.node.replaceChildren(...parts);
  }

  #list(lessons: readonly Lesson[], current: string | undefined): HTMLElement {
    const done = lessons.filter(isDone).length;
    const list = element("ol", "gradlab-Course-lessons");
    for (const lesson of lessons) {
      const link = button(lesson.title, () => this.#options.open(lesson.path), "gradlab-link");
      if (lesson.path === current) link.setAttribute("aria-current", "page");
      const facts = element("span", "gradlab-facts", progressText(lesson));
      list.append(element("li", isDone(lesson) ? "gradlab-done" : "", link, facts));
    }
    return element("section", "", element("h3", "", `Lessons (${done} of ${lessons.length} done)`), list);
  }

  #checks({ title, checks, path }: Lesson): HTMLElement {
    const list = element("ul", "gradlab-Course-checks");
    list.append(...checks.map((check) => this.#check(check, path)));
    return element("section", "", element("h3", "", title), list);
  }

  #check(check: Check, path: string): HTMLLIElement {
    const mark = element("span", `gradlab-${check.state}`, STATES[check.state]);
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", STATE_WORDS[check.state]);
    const item = element(
      "li",
      "",
      mark,
      " ",
      check.title,
      " ",
      button("Run", () => void this.#run(check)),
    );
    const key = `${path} ${check.cell}`;
    const shown = this.#shownHints.get(key) ?? 0;
    if (shown < check.hints.length) {
      const label = shown === 0 ? "Hint" : "Next hint";
      item.append(
        button(label, () => {
          this.#shownHints.set(key, shown + 1);
          this.#draw();
        }),
      );
    }
    for (const hint of check.hints.slice(0, shown)) item.append(element("p", "gradlab-hint", hint));
    return item;
  }

  async #run(check: Check): Promise<void> {
    const panel = this.#watched;
    const index = panel?.content.widgets.findIndex(({ model }) => model.id === check.cell) ?? -1;
    if (panel === null || index < 0) return;
    panel.content.deselectAll();
    panel.content.activeCellIndex = index;
    await NotebookActions.run(panel.content, panel.sessionContext);
    this.#draw();
  }
}
