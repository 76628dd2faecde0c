import { Random } from "../../../tensor/index.js";
import { between, hashText, pick } from "../draw-unique.js";
import type { Family, Inputs } from "./family.js";

const WORDS =
  "apple river stone light cloud paper green house level music ocean plant radar snow train under violet water yellow zebra anna bob cat deed egg fish gate hill ink jam kite lamp moon noon owl pin rain sun tree up".split(
    " ",
  );

/** Arguments to test a task with, the same ones whenever the task is drawn; the first list or text is as short as may be. */
export function drawInputs(family: Family, key: string, count: number): Inputs[] {
  const random = new Random(hashText(key, 0));
  return Array.from({ length: count }, (_, i) => drawOne(family, random, i === 0));
}

function drawOne({ ranges = {}, least = 0 }: Family, random: Random, isFirst: boolean): Inputs {
  const size = (most: number): number => (isFirst ? least : between(random, Math.max(1, least), most));
  const list = (range: readonly [number, number] = [-20, 60]): number[] =>
    Array.from({ length: size(9) }, () => between(random, ...range));
  const words = Array.from({ length: size(6) }, () => pick(random, WORDS));
  return {
    values: list(ranges.values),
    others: list(ranges.others),
    words,
    text: Array.from({ length: size(3) }, () => pick(random, WORDS)).join(" "),
    n: between(random, ...(ranges.n ?? [0, 60])),
    m: between(random, ...(ranges.m ?? [0, 60])),
  };
}
