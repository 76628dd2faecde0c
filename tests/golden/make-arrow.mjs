// Writes tests/golden/arrow/: npm install apache-arrow@21.2.0 elsewhere, and run this there with the folder.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeVector, Table, tableToIPC, vectorFromArray, Int32, Utf8, Float64, Bool, TimestampMillisecond } from "apache-arrow";

const table = (numbers, texts, big, times) =>
  new Table({
    i: vectorFromArray(numbers, new Int32()),
    x: vectorFromArray(numbers.map((n) => n / 4), new Float64()),
    text: vectorFromArray(texts, new Utf8()),
    word: vectorFromArray(texts),
    yes: vectorFromArray(numbers.map((n) => n > 1), new Bool()),
    big: makeVector(BigInt64Array.from(big)),
    time: vectorFromArray(times, new TimestampMillisecond()),
  });
const first = table([1, 2], ["a", null], [1n, 2n ** 60n + 1n], [new Date(0), new Date(86400000)]);
for (const format of ["file", "stream"])
  writeFileSync(join(process.argv[2], `${format}.arrow`), tableToIPC(first, format));
