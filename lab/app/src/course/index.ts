// notebooks' metadata, outputs → welcome page, course panel.
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin,
} from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget } from "@jupyterlab/apputils";
import { ILauncher } from "@jupyterlab/launcher";
import { IMainMenu } from "@jupyterlab/mainmenu";
import { INotebookTracker } from "@jupyterlab/notebook";
import { gradlabIcon } from "../branding/index.js";
import { CoursePanel } from "./panel.js";
import { coursePath, readCourse } from "./read-course.js";
import { Welcome } from "./welcome.js";
import "./style.css";

const WELCOME = "gradlab:welcome";
const COURSE = "gradlab:course";

/** The welcome page and the course panel of the JupyterLab page. */
export const course: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:course",
  description: "The welcome page with the learning paths, and a panel with lessons, checks and hints.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ILabShell, ILayoutRestorer, ICommandPalette, ILauncher, IMainMenu],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    menu: IMainMenu | null,
  ) => {
    const { commands, serviceManager, shell } = app;
    const lessons = (): ReturnType<typeof readCourse> => readCourse(serviceManager.contents);
    const open = (path: string): void => void commands.execute("docmanager:open", { path });
    const args = { type: "object", properties: {} } as const;
    addPanel();
    commands.addCommand(WELCOME, {
      label: "Welcome",
      icon: gradlabIcon,
      execute: showWelcome,
      describedBy: { args },
    });
    palette?.addItem({ command: WELCOME, category: "Help" });
    menu?.helpMenu.addGroup([{ command: WELCOME }, { command: COURSE }], -1);
    launcher?.add({ command: WELCOME, category: "Notebook", rank: 100 });
    if (labShell !== null) void app.restored.then(() => greet(labShell));

    function addPanel(): void {
      const panel = new CoursePanel({ tracker, lessons, open });
      shell.add(panel, "left", { rank: 300, type: "Course" });
      restorer?.add(panel, "gradlab-course");
      commands.addCommand(COURSE, {
        label: "Course",
        execute: () => shell.activateById(panel.id),
        describedBy: { args },
      });
      palette?.addItem({ command: COURSE, category: "Help" });
    }

    function showWelcome(): void {
      let widget = [...shell.widgets("main")].find(({ id }) => id === "gradlab-welcome-page");
      if (widget === undefined) {
        const newNotebook = (): void =>
          void commands.execute("notebook:create-new", { kernelName: "gradlab" });
        const content = new Welcome({ lessons, open, newNotebook });
        const page = new MainAreaWidget({ content });
        page.id = "gradlab-welcome-page";
        page.toolbar.hide();
        widget = page;
        shell.add(page, "main");
      }
      shell.activateById(widget.id);
    }

    /** On a page with nothing open but the launcher, where a course is served. */
    function greet(lab: ILabShell): void {
      const documents = [...lab.widgets("main")].filter(
        ({ node }) => node.querySelector(".jp-Launcher") === null,
      );
      if (documents.length === 0 && coursePath() !== "") showWelcome();
    }
  },
};
