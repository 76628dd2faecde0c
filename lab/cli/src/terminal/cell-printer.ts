import type { Output } from "gradlab-kernel";
import { displayId, isObject, joinLines, type Json } from "gradlab-lab-server/notebook";

/** Where text goes. */
export interface Screen {
  readonly write: (text: string) => void;
  /** For what went wrong. */
  readonly writeError: (text: string) => void;
  readonly isTTY: boolean;
  readonly columns: number;
}

/** Prints one cell's outputs as they arrive; a display that is updated keeps to one line. */
export class CellPrinter {
  readonly #screen: Screen;
  /** Latest text of a display that was updated and not yet left behind. */
  #live: { readonly id: string; text: string; readonly drawn: boolean } | undefined;
  #lineOpen = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  title(text: string): void {
    this.#settle();
    this.#line(this.#screen.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
  }

  output({ type, content }: Output): void {
    switch (type) {
      case "stream":
        this.#settle();
        return this.#text(joinLines(content["text"]));
      case "display_data":
      case "execute_result":
        // A display with an id will be updated: only its last state is worth the paper.
        if (displayId(content)) return this.#update(displayId(content) ?? "", bundleText(content["data"]));
        this.#settle();
        return this.#line(bundleText(content["data"]));
      case "update_display_data":
        return this.#update(displayId(content) ?? "", bundleText(content["data"]));
      case "error":
        this.end();
        return this.#screen.writeError(
          `${Array.isArray(content["traceback"]) ? content["traceback"].join("\n") : joinLines(content["evalue"])}\n`,
        );
    }
  }

  /** Finishes the line that is being updated. */
  end(): void {
    this.#settle();
    if (this.#lineOpen) this.#text("\n");
  }

  #update(id: string, text: string): void {
    if (this.#live !== undefined && this.#live.id !== id) this.#settle();
    if (this.#live === undefined && this.#lineOpen) this.#text("\n");
    this.#live = { id, text, drawn: this.#screen.isTTY };
    if (!this.#screen.isTTY) return;
    const line = (text.split("\n").find((part) => part.trim() !== "") ?? "").slice(
      0,
      this.#screen.columns - 1,
    );
    this.#screen.write(`\r\x1b[K${line}`);
  }

  /** A terminal goes on below the updated line; a file gets its last state. */
  #settle(): void {
    const live = this.#live;
    this.#live = undefined;
    if (live === undefined) return;
    if (live.drawn) this.#screen.write("\r\x1b[K");
    this.#line(live.text);
  }

  #line(text: string): void {
    if (this.#lineOpen) this.#text("\n");
    this.#text(text.endsWith("\n") ? text : `${text}\n`);
  }

  #text(text: string): void {
    if (text === "") return;
    this.#screen.write(text);
    this.#lineOpen = !text.endsWith("\n");
  }
}

/** The readable form of a MIME bundle. */
function bundleText(bundle: unknown): string {
  const data: Json = isObject(bundle) ? bundle : {};
  for (const mime of ["text/plain", "text/markdown", "text/latex"]) {
    const text = joinLines(data[mime]);
    if (text !== "") return text;
  }
  return `[${Object.keys(data).join(", ") || "empty output"}]`;
}
