/** The contract with whatever shows things: a method of this name on a value, an object of this name on globalThis. */
export const DISPLAY: unique symbol = Symbol.for("gradlab.display");

/** One thing in several formats; a front end takes the richest it knows. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** A value that knows how to show itself; a notebook shows it when it ends a cell. */
export interface Displayable {
  [DISPLAY](): MimeBundle | Promise<MimeBundle>;
}

export interface DisplayOptions {
  /** Names the output, so that it can be changed later. */
  readonly displayId?: string;
  /** Changes the output of that name instead of adding one. */
  readonly update?: boolean;
  /** Outside a notebook updates are shown only on a terminal; a final one is always printed. Default false. */
  readonly final?: boolean;
}

interface Host {
  display(bundle: MimeBundle, options: { displayId?: string; update?: boolean }): void;
}

/**
 * Shows a value at once: in a notebook as its richest format, elsewhere as its text/plain on standard output.
 *
 * @example await display(lineChart({ series: [{ name: "loss", y: [3, 2, 1] }] }))
 */
export async function display(value: Displayable | MimeBundle, options: DisplayOptions = {}): Promise<void> {
  showBundle(isDisplayable(value) ? await value[DISPLAY]() : value, options);
}

/** `display` for a bundle that is at hand: returns when it was handed over. */
export function showBundle(bundle: MimeBundle, options: DisplayOptions = {}): void {
  const host = findHost();
  if (host === undefined) print(bundle, options);
  else {
    const { displayId, update } = options;
    host.display(bundle, {
      ...(displayId === undefined ? {} : { displayId }),
      ...(update === undefined ? {} : { update }),
    });
  }
}

/** Wraps a bundle, or what makes one, as a value that shows itself. */
export function displayable(bundle: () => MimeBundle): Displayable {
  return { [DISPLAY]: bundle };
}

function isDisplayable(value: Displayable | MimeBundle): value is Displayable {
  return typeof (value as Partial<Displayable>)[DISPLAY] === "function";
}

function findHost(): Host | undefined {
  const host: unknown = (globalThis as { [DISPLAY]?: unknown })[DISPLAY];
  const usable =
    typeof host === "object" && host !== null && "display" in host && typeof host.display === "function";
  return usable ? (host as Host) : undefined;
}

/** On a terminal a one-line text is rewritten in place; into a file only what is new or final goes. */
function print(bundle: MimeBundle, { update = false, final = false, displayId }: DisplayOptions): void {
  const plain = bundle["text/plain"];
  const text = typeof plain === "string" ? plain : JSON.stringify(plain ?? Object.keys(bundle));
  const oneLine = !text.includes("\n");
  const live = process.stdout.isTTY && oneLine && displayId !== undefined;
  if (live) process.stdout.write(`${update ? "\r\u001b[K" : ""}${text}${final ? "\n" : ""}`);
  else if (!update || final) process.stdout.write(`${text}\n`);
}
