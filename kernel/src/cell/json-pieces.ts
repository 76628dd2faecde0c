/** Characters that are written at a time, and the most bytes that one of JSON's takes. */
const STEP = 64 * 1024;
const WIDTH = 3;

/**
 * What `JSON.stringify` makes of an object, in pieces that are overwritten as soon as the next is asked for: of a text of
 * 10 MB, in it or in one of its objects, there is no copy in memory.
 */
export function* jsonPieces(value: object): Generator<Uint8Array> {
  const space = Buffer.allocUnsafe(4 * WIDTH * STEP);
  let size = 0;
  for (const text of jsonTexts(value)) {
    for (const slice of slices(text)) {
      if (size + WIDTH * STEP > space.length) {
        yield space.subarray(0, size);
        size = 0;
      }
      size += space.write(slice, size, "utf8");
    }
  }
  yield space.subarray(0, size);
}

function* jsonTexts(value: object): Generator<string> {
  let before = "{";
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    const whole = isLong(item) || hasLong(item) ? "" : JSON.stringify(item);
    if (whole === undefined) continue;
    yield `${before}${JSON.stringify(key)}:${whole}`;
    before = ",";
    if (isLong(item)) yield* stringTexts(item);
    else if (hasLong(item)) yield* jsonTexts(item);
  }
  yield before === "{" ? "{}" : "}";
}

const isLong = (item: unknown): item is string => typeof item === "string" && item.length > STEP;

/** Whether it is a plain object with a long text. */
const hasLong = (item: unknown): item is object =>
  typeof item === "object" &&
  item !== null &&
  Object.getPrototypeOf(item) === Object.prototype &&
  !("toJSON" in item) &&
  Object.values(item).some(isLong);

function* stringTexts(text: string): Generator<string> {
  yield '"';
  for (const slice of slices(text)) yield JSON.stringify(slice).slice(1, -1);
  yield '"';
}

/** A text in parts that halve no character. */
function* slices(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = at + STEP < text.length && isHighSurrogate(text.charCodeAt(at + STEP - 1)) ? STEP - 1 : STEP;
    yield text.slice(at, at + end);
    at += end;
  }
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xdc00;
