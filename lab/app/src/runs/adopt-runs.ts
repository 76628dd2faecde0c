import { isCodeCellModel } from "@jupyterlab/cells";
import { URLExt } from "@jupyterlab/coreutils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { ServerConnection } from "@jupyterlab/services";
import { showRun } from "./show-run.js";

/** What the server says of a run; see docs/lab.md. */
interface RunModel {
  readonly id: string;
  readonly cell_id: string;
  readonly kernel_id: string;
  readonly execution_count: number | null;
  readonly state: "waiting" | "running" | "done";
  /** A page shows it already. */
  readonly is_shown: boolean;
}

/** Takes over the runs of a notebook whose own page is gone. */
export async function adoptRuns(panel: NotebookPanel, settings: ServerConnection.ISettings): Promise<void> {
  const kernel = panel.sessionContext.session?.kernel;
  if (kernel === null || kernel === undefined) return;
  const url = URLExt.join(settings.baseUrl, "lab/api/runs");
  const found = await request(`${url}?path=${encodeURIComponent(panel.context.path)}`, {}, settings);
  for (const run of (found ?? []) as RunModel[]) {
    const cell = [...(panel.content.model?.cells ?? [])].find(({ id }) => id === run.cell_id);
    if (cell === undefined || !isCodeCellModel(cell)) continue;
    if (run.is_shown || run.state === "done" || run.kernel_id !== kernel.id) continue;
    // listens first: the outputs so far come on the socket before the answer to the request
    const stop = showRun(kernel, run.id, cell);
    cell.executionCount = run.execution_count;
    const body = JSON.stringify({ session_id: kernel.clientId });
    const adopted = await request(URLExt.join(url, run.id, "adopt"), { method: "POST", body }, settings);
    if (adopted === undefined) stop();
  }
}

/** The JSON of an answer; undefined where the server has none (another server than gradlab's). */
async function request(
  url: string,
  init: RequestInit,
  settings: ServerConnection.ISettings,
): Promise<unknown> {
  const response = await ServerConnection.makeRequest(url, init, settings);
  return response.ok ? response.json() : undefined;
}
