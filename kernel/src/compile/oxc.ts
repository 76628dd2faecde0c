import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

type Transformer = typeof import("oxc-transform");
type Parser = typeof import("oxc-parser");

let transformer: Transformer | undefined;
let parser: Parser | undefined;

/** oxc, loaded by the first that needs it: off the path to the kernel's first answer. */
export function loadOxc(): { transformer: Transformer; parser: Parser } {
  transformer ??= require("oxc-transform") as Transformer;
  parser ??= require("oxc-parser") as Parser;
  return { transformer, parser };
}
