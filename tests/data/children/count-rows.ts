/** Counts the rows of a file in a process of little memory: node --max-old-space-size=N count-rows.js PATH */
import { Dataset } from "gradlab/internal/data";

let rows = 0;
let last: number | undefined;
for await (const row of Dataset.from<{ readonly id: number }>(process.argv[2])) {
  rows++;
  last = row.id;
}
console.log(JSON.stringify({ rows, last }));
