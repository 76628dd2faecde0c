import { runInNewContext } from "node:vm";
import type { DatasetRow, DatasetSpec } from "../dataset-card.js";
import { openArchive } from "../fetch.js";
import { shuffleByHash } from "../hash.js";

const LANGUAGES: Readonly<Record<string, string>> = {
  c: "C",
  clojure: "Clojure",
  elixir: "Elixir",
  golang: "Go",
  haskell: "Haskell",
  julia: "Julia",
  lua: "Lua",
  perl: "Perl",
  php: "PHP",
  python: "Python",
  r: "R",
  ruby: "Ruby",
  rust: "Rust",
  swift: "Swift",
};

const SEED = 47;
const TEST_SHARE = 0.2;
const LONGEST = 2400;

const MIT = `Functions from Locutus (npm package locutus), MIT licence.

Copyright (c) 2007-present Kevin van Zonneveld and Contributors (https://locutus.io)

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

Changes: comments with credits and notes were removed; each example became a test. The authors of every function are
named in the package and at https://locutus.io.`;

/** Functions of other languages' standard libraries in JavaScript, with the examples that hold when run. */
export function javascriptFunctions(cacheFolder: string): DatasetSpec {
  const rows = openArchive("locutus", cacheFolder)
    .filter(({ path }) => /^package\/\w+\/\w+\/\w+\.js$/.test(path) && !path.endsWith("/index.js"))
    .flatMap((file) => readFunction(file.path.split("/")[1], file.text()));
  const seen = new Set<string>();
  const order = shuffleByHash(rows, ({ language, name }) => `${language} ${name}`, SEED).filter((row) => {
    // Several languages have an `abs`: one is enough, the test part must not hold another.
    const key = row.name.toLowerCase().replaceAll("_", "");
    return !seen.has(key) && !seen.has(row.completion) && Boolean(seen.add(key).add(row.completion));
  });
  const test = Math.round(order.length * TEST_SHARE);
  return {
    name: "javascript-functions",
    title: "JavaScript functions with tests",
    about:
      "Functions of the standard libraries of other languages written in JavaScript, each with examples that were run: code generation with a verdict.",
    licence: "MIT",
    notice: MIT,
    pins: ["locutus"],
    compressed: true,
    splits: { train: order.slice(test).map(withExample), test: order.slice(0, test).map(withExample) },
    notes: [
      "`tests` holds `call` and the `result` it must give, as JSON; the prompt shows the first",
      "Only functions that need no other file, clock or random numbers, and whose examples gave what they promise on Node 20",
      "A name occurs once; most of the functions were read in pre-training by the models shipped with gradlab",
    ],
  };
}

interface FunctionRow {
  readonly name: string;
  readonly language: string;
  readonly completion: string;
  readonly tests: readonly { readonly call: string; readonly result: string }[];
}

function withExample({ name, language, completion, tests }: FunctionRow): DatasetRow {
  const [{ call, result }] = tests;
  const prompt = `// ${name} of ${LANGUAGES[language] ?? language}: ${call} gives ${result}\n`;
  return { prompt, completion, name, language: LANGUAGES[language] ?? language, tests };
}

function readFunction(language: string, source: string): FunctionRow[] {
  const [, name] = /^module\.exports = function (\w+)/m.exec(source) ?? [];
  if (name === undefined || !source.startsWith("module.exports")) return [];
  if (/require\(|Date|Math\.random|process|global|window|setTimeout|\$locutus/.test(source)) return [];
  const code = source
    .replace("module.exports = function", "function")
    .replace(/^ {2}\/\/ +(?:[\w-]+ )*(?:at|by|with|\d+|verified):.*\n/gm, "")
    .replace(/^ *\/\/ biome-ignore.*\n/gm, "")
    .replace(/^ *\/\/ eslint.*\n/gm, "")
    .replace(/\{\n\n/, "{\n")
    .trim();
  const examples = [...source.matchAll(/^ +\/\/ +example (\d+): (.*)$/gm)];
  const tests = examples.flatMap(([, number, call]) => {
    const many = examples.filter(([, other]) => other === number).length > 1;
    const returns = [...source.matchAll(new RegExp(`^ +// +returns ${number}: (.*)$`, "gm"))];
    return many || returns.length !== 1 ? [] : check(code, call.trim(), returns[0][1].trim());
  });
  return tests.length === 0 || code.length > LONGEST
    ? []
    : [{ name, language, completion: `${code}\n`, tests }];
}

/** The example as a test, if it holds and its result is JSON. */
function check(code: string, call: string, returns: string): { call: string; result: string }[] {
  if (!/^[^;]*;?$/.test(call) || /^(?:var|let|const)\b|\$/.test(call)) return [];
  const expression = call.replace(/;$/, "");
  const evaluate = (text: string): string | undefined => {
    const value: unknown = runInNewContext(`${code}\nJSON.stringify([${text}])`, {}, { timeout: 1000 });
    return typeof value === "string" ? value.slice(1, -1) : undefined;
  };
  try {
    const result = evaluate(expression);
    // JSON has no word for these; they would be read back as something else.
    const plain = runInNewContext(
      `${code}\n(v => v !== undefined && !(typeof v === "number" && !Number.isFinite(v)))(${expression})`,
    ) as boolean;
    if (result === undefined || !plain || result !== evaluate(returns)) return [];
    return [{ call: expression, result }];
  } catch {
    return [];
  }
}
