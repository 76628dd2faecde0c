/**
 * Fetches tokenizers of well-known models, too large for a development dependency, that the tests read where they are:
 * `npm run build && node scripts/dist/tokenizers/fetch.js`, 75 MB. The files have the licences of their models.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPin } from "../corpus/fetch.js";
import { TOKENIZER_PINS } from "./pins.js";

const CACHE = ".cache";

for (const [name, pin] of Object.entries(TOKENIZER_PINS)) {
  const folder = join(CACHE, "tokenizers", name);
  mkdirSync(folder, { recursive: true });
  const files = openPin(pin, CACHE).filter(({ path }) => /\/models\/tokenizer(_config)?\.json$/.test(path));
  for (const file of files) writeFileSync(join(folder, file.path.split("/").at(-1) ?? ""), file.bytes());
  console.log(`${folder}: ${files.length} files of ${pin.package}`);
}
