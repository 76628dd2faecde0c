import type { Json } from "../http/index.js";
import { displayId, joinLines, type NotebookOutput, toOutput } from "../notebook/index.js";
import { StreamText } from "./stream-text.js";

/** Bytes of displays kept for one run. */
const LIMIT = 32 * 1024 * 1024;

interface Stream {
  readonly type: "stream";
  readonly name: string;
  readonly text: StreamText;
}

interface Shown {
  readonly type: "display_data" | "execute_result" | "error";
  content: Json;
  size: number;
}

type Entry = Stream | Shown;

/** What a message is on iopub. */
export interface OutputMessage {
  readonly type: string;
  readonly content: Json;
}

/** The outputs of one run, gathered as a front end does. */
export class OutputList {
  #entries: Entry[] = [];
  #size = 0;
  #left = 0;
  #clearNext = false;
  /** Whether outputs were ever taken back: what a page saved earlier then need not be their beginning. */
  wasCleared = false;

  get length(): number {
    return this.#entries.length + (this.#left > 0 ? 1 : 0);
  }

  /** True when the message changed something. */
  add(type: string, content: Json, size: number): boolean {
    if (type === "clear_output") return this.#clear(content["wait"] === true);
    if (type === "update_display_data") return this.#update(content, size);
    if (type === "stream") {
      this.#begin();
      this.#addText(joinLines(content["name"]) || "stdout", joinLines(content["text"]));
      return true;
    }
    if (type !== "display_data" && type !== "execute_result" && type !== "error") return false;
    this.#begin();
    if (this.#size + size > LIMIT && type !== "error") this.#left += 1;
    else {
      this.#entries.push({ type, content, size });
      this.#size += size;
    }
    return true;
  }

  /** As nbformat stores them. */
  toOutputs(): NotebookOutput[] {
    return this.toMessages().flatMap(({ type, content }) => toOutput(type, content) ?? []);
  }

  /** As a kernel would publish them, in few messages. */
  toMessages(): OutputMessage[] {
    const messages = this.#entries.map((entry): OutputMessage =>
      entry.type === "stream"
        ? { type: "stream", content: { name: entry.name, text: entry.text.toString() } }
        : entry,
    );
    if (this.#left > 0) {
      const note = `[gradlab: ${this.#left} displays were too many to keep]\n`;
      messages.push({ type: "stream", content: { name: "stderr", text: note } });
    }
    return messages;
  }

  #clear(wait: boolean): boolean {
    this.#clearNext = wait;
    if (!wait) this.#empty();
    return !wait;
  }

  #begin(): void {
    if (this.#clearNext) this.#empty();
    this.#clearNext = false;
  }

  #empty(): void {
    this.#entries = [];
    this.#size = 0;
    this.#left = 0;
    this.wasCleared = true;
  }

  #addText(name: string, added: string): void {
    const last = this.#entries.at(-1);
    if (last?.type === "stream" && last.name === name) return last.text.add(added);
    const stream: Stream = { type: "stream", name, text: new StreamText() };
    stream.text.add(added);
    this.#entries.push(stream);
  }

  #update(content: Json, size: number): boolean {
    const id = displayId(content);
    const shown = this.#entries.filter(
      (entry): entry is Shown =>
        entry.type !== "stream" && id !== undefined && displayId(entry.content) === id,
    );
    for (const entry of shown) {
      this.#size += size - entry.size;
      entry.size = size;
      entry.content = { ...entry.content, data: content["data"], metadata: content["metadata"] };
    }
    return shown.length > 0;
  }
}
