import { createRequire } from "node:module";
import { loadOxc } from "../compile/index.js";
import { type JsonObject, PROTOCOL_VERSION } from "../wire/index.js";
import type { Context, NotebookLanguage } from "./context.js";

const require = createRequire(import.meta.url);
const version = (name: string): string => (require(name) as { version: string }).version;

export const KERNEL_VERSION = version("../../package.json");

/** kernel_info_request → who we are. */
export function kernelInfo(context: Context): JsonObject {
  warmUp(context);
  const typescript = version("typescript/package.json");
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "gradlab-kernel",
    implementation_version: KERNEL_VERSION,
    language_info: languageInfo(context.notebookLanguage, typescript),
    banner: `gradlab ${KERNEL_VERSION}: TypeScript ${typescript} on Node ${process.versions.node}`,
    help_links: [
      { text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/intro.html" },
    ],
    supported_features: ["debugger", "kernel subshells"],
    debugger: true,
  };
}

/** A notebook of JavaScript keeps its language: the kernel runs it as it runs TypeScript. */
function languageInfo(language: NotebookLanguage, typescript: string): JsonObject {
  return {
    name: language,
    version: language === "typescript" ? typescript : process.versions.node,
    mimetype: `text/${language}`,
    file_extension: language === "typescript" ? ".ts" : ".js",
    pygments_lexer: language,
    codemirror_mode: language,
    nbconvert_exporter: "script",
  };
}

let warm = false;

/** What the first cell needs is fetched once the first answer is out. */
function warmUp(context: Context): void {
  if (warm) return;
  warm = true;
  setTimeout(() => {
    if (context.typeCheck !== "off") context.language.start();
    loadOxc();
  }, WARM_UP).unref();
}

/** ms after the first answer. */
const WARM_UP = 20;
