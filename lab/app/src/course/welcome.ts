import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import { gradlabIcon } from "../branding/index.js";
import { button, element } from "../panel/index.js";
import type { Lesson } from "./lesson.js";
import { isDone, progressText } from "./read-course.js";

export interface WelcomeOptions {
  readonly lessons: () => Promise<readonly Lesson[]>;
  readonly open: (path: string) => void;
  readonly newNotebook: () => void;
}

/** The first page: what gradlab is, a new notebook, the learning paths. */
export class Welcome extends Widget {
  readonly #options: WelcomeOptions;

  constructor(options: WelcomeOptions) {
    super();
    this.#options = options;
    this.id = "gradlab-welcome";
    this.title.label = "Welcome";
    this.title.icon = gradlabIcon;
    this.title.closable = true;
    this.addClass("gradlab-Welcome");
    this.node.tabIndex = 0;
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", "Welcome to gradlab");
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this.#draw();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    void this.#draw();
  }

  async #draw(): Promise<void> {
    const lessons = await this.#options.lessons();
    if (this.isDisposed) return;
    const next = lessons.find((lesson) => !isDone(lesson));
    const head = element(
      "header",
      "",
      element("h1", "", "gradlab"),
      element(
        "p",
        "",
        "Build, train, shrink and judge language models in TypeScript. Everything runs on this machine.",
      ),
    );
    const actions = element("p", "gradlab-Welcome-actions");
    if (next !== undefined)
      actions.append(
        button(
          `Open “${next.title}”`,
          () => this.#options.open(next.path),
          "jp-Button jp-mod-styled jp-mod-accept",
        ),
      );
    actions.append(button("New notebook", this.#options.newNotebook, "jp-Button jp-mod-styled"));
    this.node.replaceChildren(head, actions, ...this.#tracks(lessons));
  }

  #tracks(lessons: readonly Lesson[]): HTMLElement[] {
    const names = [...new Set(lessons.map(({ track }) => track))];
    return names.map((name) => {
      const list = element("ol", "gradlab-Welcome-lessons");
      list.append(...lessons.filter(({ track }) => track === name).map((lesson) => this.#card(lesson)));
      return element("section", "", element("h2", "", name === "" ? "Lessons" : name), list);
    });
  }

  #card(lesson: Lesson): HTMLLIElement {
    const { title, minutes, goals, path } = lesson;
    const facts = [minutes === undefined ? "" : `${minutes} min`, progressText(lesson)].filter(
      (fact) => fact !== "",
    );
    const open = button(title, () => this.#options.open(path), "gradlab-link");
    const item = element("li", isDone(lesson) ? "gradlab-done" : "", open);
    if (facts.length > 0) item.append(element("span", "gradlab-facts", facts.join(" · ")));
    if (goals.length > 0) item.append(element("ul", "", ...goals.map((goal) => element("li", "", goal))));
    return item;
  }
}
