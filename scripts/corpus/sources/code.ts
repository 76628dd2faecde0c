import { tidy, type Document } from "../document.js";
import { openArchive } from "../fetch.js";
import type { PinName } from "../pins.js";

interface CodeSource {
  readonly source: string;
  readonly pin: PinName;
  readonly keep: RegExp;
  readonly skip?: RegExp;
}

const SOURCES: readonly CodeSource[] = [
  {
    source: "python-stdlib",
    pin: "pythonStdlib",
    keep: /\.py$/,
    // Tables, and texts that repeat the documentation.
    skip: /\/(?:encodings|pydoc_data|_sysconfigdata[^/]*|lib2to3\/pgen2\/token)|topics\.py$/,
  },
  { source: "python-stdlib", pin: "pythonMinimal", keep: /\.py$/, skip: /\/encodings\// },
  { source: "lodash", pin: "lodash", keep: /package\/\w+\.js$/, skip: /\/(?:lodash|core)(?:\.min)?\.js$/ },
  { source: "locutus", pin: "locutus", keep: /\.js$/, skip: /\/(?:index|_[^/]*)\.js$/ },
  { source: "node-types", pin: "typesNode", keep: /\.d\.ts$/ },
  {
    source: "typescript-lib",
    pin: "typescript",
    keep: /\/lib\/lib\.[\w.]+\.d\.ts$/,
    skip: /lib\.webworker|lib\.scripthost/,
  },
];

// Names and addresses of contributors are nothing to learn.
const CREDIT = /^\s*\/\/\s+(?:[\w-]+ )*(?:by|from|at|url|and)\s*:.*\n/gim;

// The DOM types repeat the same four overloads for every interface.
const LISTENER_OVERLOAD = /^\s*(?:add|remove)EventListener[<(]/;

/** Source files and the comments in them. */
export function readCode(cacheFolder: string): Document[] {
  return SOURCES.flatMap(({ source, pin, keep, skip }) =>
    openArchive(pin, cacheFolder)
      .filter(({ path }) => keep.test(path) && !(skip?.test(path) ?? false))
      .map((file) => ({
        source,
        id: `${pin}/${file.path}`,
        kind: "code" as const,
        text: cleanCode(file.text()),
      }))
      .filter(({ text }) => text.length > 80),
  );
}

function cleanCode(code: string): string {
  const withoutLicence = code.replace(/^\s*\/\*[!*]?[\s\S]*?\*\/\s*/, (comment) =>
    /copyright|licen[cs]e/i.test(comment) ? "" : comment,
  );
  return tidy(
    withoutLicence
      .replace(CREDIT, "")
      .replace(/<?[\w.+-]+@[\w-]+\.[\w.-]+>?/g, "")
      .split("\n")
      .filter((line) => line.length <= 400 && !LISTENER_OVERLOAD.test(line))
      .join("\n"),
  );
}
