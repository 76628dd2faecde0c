import { columnsOf, type Columns, type Encoding } from "./encoding.js";
import type { PaddingJson } from "./limits.js";

/** Texts padded to one length: the longest of them, or the one that is asked for. */
export function pad(texts: readonly Encoding[], json: PaddingJson): readonly Encoding[] {
  const longest =
    json.strategy === "BatchLongest"
      ? texts.reduce((most, { length }) => Math.max(most, length), 0)
      : json.strategy.Fixed;
  const multiple = json.pad_to_multiple_of || 1;
  const length = Math.ceil(longest / multiple) * multiple;
  return texts.map((text) => padTo(text, length, json));
}

function padTo(text: Encoding, length: number, json: PaddingJson): Encoding {
  const overflowing = text.overflowing.map((part) => padTo(part, length, json));
  const missing = Math.max(0, length - text.length);
  const value: Readonly<Record<keyof Columns, number>> = {
    ids: json.pad_id,
    starts: 0,
    ends: 0,
    words: -1,
    types: json.pad_type_id,
    sequences: -1,
    special: 1,
    attention: 0,
  };
  const padding = text.slice(0, 0).with(columnsOf((name) => new Int32Array(missing).fill(value[name])));
  return json.direction === "Left" ? padding.concat(text, overflowing) : text.concat(padding, overflowing);
}
