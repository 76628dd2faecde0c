import { EditorView } from "@codemirror/view";
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { type ICommandPalette, Notification } from "@jupyterlab/apputils";
import type { Cell } from "@jupyterlab/cells";
import { CodeMirrorEditor } from "@jupyterlab/codemirror";
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { Languages } from "./languages.js";
import { offsetOf } from "./offsets.js";
import type { Location } from "./protocol.js";

const CATEGORY = "Notebook Cell Operations";

/** Go to definition, format a cell, format the notebook. */
export function addCommands(
  { commands, contextMenu }: JupyterFrontEnd,
  languages: Languages,
  tracker: INotebookTracker,
  palette: ICommandPalette | null,
): void {
  const isEnabled = (): boolean => languages.ofPanel(tracker.currentWidget)?.client?.hello !== undefined;
  const add = (id: string, label: string, execute: () => Promise<void>): void => {
    commands.addCommand(id, {
      label,
      isEnabled,
      execute,
      describedBy: { args: { type: "object", properties: {} } },
    });
    palette?.addItem({ command: id, category: CATEGORY });
    contextMenu.addItem({ command: id, selector: ".jp-CodeCell", rank: 8 });
  };
  add("gradlab:go-to-definition", "Go to Definition", async () => {
    const cell = tracker.activeCell;
    if (cell) await goToDefinition(languages, tracker, cell);
  });
  add("gradlab:format-cell", "Format Cell", async () => {
    const cell = tracker.activeCell;
    if (cell) await format(languages, cell);
  });
  add("gradlab:format-notebook", "Format All Cells", async () => {
    for (const cell of tracker.currentWidget?.content.widgets ?? []) await format(languages, cell);
  });
}

async function format(languages: Languages, cell: Cell): Promise<void> {
  const changes = await languages.of(cell.model)?.format(cell.model, 2);
  if (!changes || changes.length === 0) return;
  const { editor } = cell;
  if (editor instanceof CodeMirrorEditor) editor.editor.dispatch({ changes });
  else
    for (const { from, to, insert } of [...changes].sort((a, b) => b.from - a.from)) {
      cell.model.sharedModel.updateSource(from, to, insert);
    }
}

/** Goes to where the name at the cursor was declared. */
export async function goToDefinition(
  languages: Languages,
  tracker: INotebookTracker,
  cell: Cell,
): Promise<void> {
  const { editor } = cell;
  if (!editor) return;
  const offset = editor.getOffsetAt(editor.getCursorPosition());
  const answer = await languages.of(cell.model)?.ask("definition", cell.model, offset);
  const [place] = answer?.locations ?? [];
  const panel = tracker.currentWidget;
  if (place === undefined || panel === null)
    Notification.info("No definition was found here.", { autoClose: 3000 });
  else await open(panel, place);
}

async function open(panel: NotebookPanel, place: Location): Promise<void> {
  if ("execution" in place) {
    Notification.info(`It was declared by execution [${place.execution}], in a cell that has changed since.`);
    return;
  }
  if ("file" in place) {
    Notification.info(`It is declared in ${place.file}, line ${place.range.start.line + 1}.`);
    return;
  }
  const index = panel.content.widgets.findIndex(({ model }) => model.id === place.cell);
  const cell = panel.content.widgets[index];
  if (cell === undefined) return;
  panel.content.activeCellIndex = index;
  panel.content.mode = "edit";
  await panel.content.scrollToItem(index);
  const { editor } = cell;
  if (!(editor instanceof CodeMirrorEditor)) return;
  const text = editor.editor.state.doc.toString();
  const [anchor, head] = [offsetOf(text, place.range.start), offsetOf(text, place.range.end)];
  editor.editor.dispatch({
    selection: { anchor, head },
    effects: EditorView.scrollIntoView(anchor, { y: "center" }),
  });
  editor.focus();
}
