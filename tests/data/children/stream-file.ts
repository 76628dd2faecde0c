/** Streams a file through operators and reports rows, a sum and the most memory the process had, as JSON. */
import { Dataset } from "gradlab";

interface Row {
  readonly id: number;
  readonly text: string;
}

const [, , path] = process.argv;
let rows = 0;
let sum = 0;
const batches = Dataset.from<Row>(path)
  .map(({ id, text }) => ({ id, length: text.length }))
  .filter(({ id }) => id % 3 !== 0)
  .shuffle({ buffer: 10_000, seed: 1 })
  .batch(32);
let moved = 0;
let before = -1;
for await (const batch of batches) {
  for (const { id } of batch) {
    rows++;
    sum += id;
    if (id < before) moved++;
    before = id;
  }
}
// The most resident memory over the life of the process, in KiB.
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ rows, sum, moved, peak }));
