import { randomUUID } from "node:crypto";
import type { MimeBundle, Report } from "../link/index.js";
import { cleanBundle, isBundle, metadataOf } from "../values/index.js";
import { runNumber } from "./context.js";
import { formatValue } from "./format.js";
import { jsonPieces } from "./json-pieces.js";
import { parcels } from "./parcels.js";
import { report } from "./reports.js";

export interface DisplayOptions {
  /** Names the output, so that it can be changed later. */
  readonly displayId?: string;
  /** The same, as Deno calls it. */
  readonly display_id?: string;
  /** Changes the output of that name instead of adding one. */
  readonly update?: boolean;
  /** Takes the value for a MIME bundle, whatever it looks like. */
  readonly raw?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** From this many characters on a bundle goes through the kernel process as it is, not read and written again. */
const LARGE = 256 * 1024;

/** Shows a MIME bundle at once. */
export function displayBundle(bundle: MimeBundle, options: DisplayOptions = {}): void {
  const displayId = options.displayId ?? options.display_id;
  const data = cleanBundle(bundle);
  const large = Object.values(data).some((value) => typeof value === "string" && value.length >= LARGE);
  const metadata = { ...options.metadata };
  const update = options.update === true;
  const rest = { kind: "display", run: runNumber(), update } as const;
  if (!large) {
    report({ ...rest, data, metadata, ...(displayId === undefined ? {} : { displayId }) });
    return;
  }
  const transient = displayId === undefined ? {} : { display_id: displayId };
  reportLarge({ ...rest, data: {}, metadata: {} }, { data, metadata, transient });
}

/** Shows a bundle whose message's content is written here, not by the kernel process. */
function reportLarge(record: Extract<Report, { kind: "display" }>, content: object): void {
  const parcel = parcels.write(jsonPieces(content));
  if (parcel !== undefined) report({ ...record, parcel });
  else report(record, [Buffer.from(JSON.stringify(content), "utf8")]);
}

/** A shown output that can be changed. */
export interface DisplayHandle {
  readonly displayId: string;
  readonly update: (value: unknown) => Promise<void>;
}

/**
 * Shows any value the way a cell's last expression is shown, or a MIME bundle as it is.
 *
 * @example
 * const shown = await display("step 1");
 * await shown.update({ "text/html": "<b>step 2</b>" });
 */
export async function display(value: unknown, options: DisplayOptions = {}): Promise<DisplayHandle> {
  const displayId = options.displayId ?? options.display_id ?? randomUUID();
  const shown = await value;
  const raw = options.raw === true || isBundle(shown);
  const bundle = raw ? (shown as MimeBundle) : await formatValue(shown);
  const metadata = { ...metadataOf(shown), ...options.metadata };
  if (Object.keys(bundle).length > 0) displayBundle(bundle, { ...options, metadata, displayId });
  const { raw: again = false } = options;
  return {
    displayId,
    update: async (next) => void (await display(next, { displayId, update: true, raw: again })),
  };
}

/** Removes the cell's output; with `wait` only when the next output comes. */
export function clearOutput(options: boolean | { readonly wait?: boolean } = {}): void {
  const wait = typeof options === "boolean" ? options : options.wait === true;
  report({ kind: "clear", run: runNumber(), wait });
}
