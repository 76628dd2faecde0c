import type { Payload, Report } from "../link/index.js";
import { createMessage, type JsonObject, text } from "../wire/index.js";
import type { CellRequest, Context, Running } from "./context.js";

/** A report of the cell process → its message on iopub (or stdin). */
export function publishReport(context: Context, report: Report, buffers: readonly Buffer[]): void {
  if (!("run" in report)) return;
  const request = context.requests.get(report.run);
  const parent = request?.header ?? {};
  const { publisher } = context;
  switch (report.kind) {
    case "stream":
      return publisher.stream(report.name, report.text, parent);
    case "display": {
      const transient = report.displayId === undefined ? {} : { display_id: report.displayId };
      const type = report.update ? "update_display_data" : "display_data";
      const { data, metadata } = report;
      const [contentJson] = buffers;
      if (contentJson !== undefined) return publisher.publish(type, {}, parent, { contentJson });
      return publisher.publish(type, { data, metadata, transient }, parent);
    }
    case "result": {
      const { data, metadata } = report;
      const running = runningOf(request);
      if (running) running.produced = true;
      request?.shell.history.output(request.count, text(data["text/plain"]));
      return publisher.publish(
        "execute_result",
        { data, metadata, execution_count: request?.count ?? 0 },
        parent,
      );
    }
    case "payload":
      return addPayload(request, report.payload);
    case "clear":
      return publisher.publish("clear_output", { wait: report.wait }, parent);
    case "comm": {
      const { type, content, metadata } = report;
      if (type === "comm_open") context.comms.set(String(content["comm_id"]), String(content["target_name"]));
      if (type === "comm_close") context.comms.delete(String(content["comm_id"]));
      return publisher.publish(type, content, parent, { metadata, buffers });
    }
    case "input":
      return askInput(context, report.prompt, report.password, report.run);
    case "done":
    case "handled":
      return undefined;
  }
}

/** The request's cell, while it runs. */
function runningOf(request: CellRequest | undefined): Running | undefined {
  const running = request?.shell.running;
  return running?.request.message.header === request?.header ? running : undefined;
}

/** Of several next inputs the last counts. What comes when the reply is out is too late. */
function addPayload(request: CellRequest | undefined, payload: Payload): void {
  const running = runningOf(request);
  if (running === undefined) return;
  const same = running.payload.findIndex(({ source }) => source === "set_next_input");
  if (payload.source === "set_next_input" && same >= 0) running.payload.splice(same, 1);
  running.payload.push(payload);
}

/** Asks the client whose cell runs; what was printed before must be on its screen first. */
function askInput(context: Context, prompt: string, password: boolean, run: number): void {
  const request = context.requests.get(run);
  if (request === undefined) return context.cells.input(null);
  context.publisher.flush();
  const content: JsonObject = { prompt, password };
  const { header: parent, identities } = request;
  const question = createMessage(context.session, "input_request", content, { parent, identities });
  request.shell.asked = question.header.msg_id;
  context.send("stdin", question);
}
