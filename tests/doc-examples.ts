import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as gradlab from "gradlab";
import { parseSync } from "oxc-parser";
import { ROOT, sourceFiles, type SourceFile } from "./source-files.js";

export interface Example {
  /** `file:line` of the `@example` tag. */
  readonly place: string;
  readonly file: string;
  readonly code: string;
}

/** Every `@example` in the docstrings of a file, without the comment's stars. */
export function examplesOf({ path, text }: SourceFile): Example[] {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) =>
    [...comment[0].matchAll(/@example[ \t]*([\s\S]*?)(?=\n[ \t]*\*[ \t]*@\w|\*\/$)/g)].map((match) => {
      const line = text.slice(0, comment.index + match.index).split("\n").length;
      const code = match[1].replace(/^[ \t]*\*(?!\/) ?/gm, "").trim();
      return { place: `${path}:${line}`, file: path, code };
    }),
  );
}

/** Pages whose code runs from top to bottom, as in a notebook. */
const PAGES = ["docs/core.md", "docs/data.md", "docs/hub.md", "docs/tokenizers.md"];

/** The code of a page: all its blocks as one example. */
function pageExample(path: string): Example {
  const text = readFileSync(join(ROOT, path), "utf8");
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  return { place: path, file: path, code: blocks.join("\n") };
}

export const allExamples = (): Example[] => [
  ...sourceFiles("sdk/src").flatMap(examplesOf),
  ...PAGES.map(pageExample),
];

interface Statement {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly expression?: { readonly start: number; readonly end: number; readonly type: string };
}

/** Names that examples use without saying where they come from, as a reader would understand them. */
const PRELUDE: Readonly<Record<string, string>> = {
  model: "declare const model: gradlab.LanguageModel;",
  encoder: "declare const encoder: gradlab.EncoderModel;",
  tokenizer: "declare const tokenizer: gradlab.Tokenizer;",
  batches: "declare const batches: readonly gradlab.Batch[];",
  examples: "declare const examples: readonly gradlab.Example[];",
  tokens: "declare const tokens: Int32Array;",
  w: "declare const w: gradlab.Variable;",
  loss: "declare const loss: gradlab.Tensor;",
  losses: "declare const losses: readonly number[];",
  samples: "declare const samples: Parameters<typeof gradlab.bootstrapScore>[1];",
  samplesA: "declare const samplesA: Parameters<typeof gradlab.bootstrapScore>[1];",
  samplesB: "declare const samplesB: Parameters<typeof gradlab.bootstrapScore>[1];",
  report: "declare const report: gradlab.EvalReport;",
  evaluator: "declare const evaluator: gradlab.Evaluator;",
  modules: "declare const modules: Parameters<typeof gradlab.writePeftAdapter>[1]['modules'];",
  weights: "declare const weights: Record<string, gradlab.HostArray>;",
  options: "declare const options: Record<string, number>;",
  bytes: "declare const bytes: Uint8Array;",
  packed: "declare const packed: gradlab.Tensor;",
  scales: "declare const scales: gradlab.Tensor;",
  lossMask: "declare const lossMask: Uint8Array;",
  step: "declare const step: () => Promise<number>;",
  job: "declare const job: gradlab.Job<unknown, { type: 'step'; step: number; loss: number }>;",
  join: 'import { join } from "node:path";',
  tmpdir: 'import { tmpdir } from "node:os";',
};

/** Names of the prelude that are there when an example runs. */
const IMPORTED: ReadonlySet<string> = new Set(["join", "tmpdir"]);

/** Names that are exported functions elsewhere, but values in these examples. */
const LOCAL: Readonly<Record<string, string>> = {
  "sdk/src/text/token-stream.ts:ids": "declare const ids: Int32Array;",
  "sdk/src/ops/dequantize.ts:ids": "declare const ids: gradlab.Tensor;",
  "sdk/src/models/likelihood.ts:ids": "declare const ids: Int32Array;",
};

const identifiers = (code: string): Set<string> => {
  // Both at once: an address in a string is no comment.
  const bare = code.replace(/"(?:[^"\\\n]|\\.)*"|\/\/.*$/gm, '""');
  return new Set(
    [...bare.matchAll(/(?<![.\w$])[A-Za-z_$][\w$]*(?!\s*:(?!:))|(?<=\.\.\.)\w+/g)].map(([name]) => name),
  );
};

const declared = (code: string): Set<string> =>
  new Set(
    [...code.matchAll(/\b(?:const|let)\s+(?:\{([^}]*)\}|\[([^\]]*)\]|(\w+))/g)].flatMap(
      ([, object, list, name]) =>
        (object ?? list ?? name).split(",").map((part) => part.replace(/.*:|[{}\s]/g, "")),
    ),
  );

/** What touches files, models or the network is compiled, not run. */
const OUTSIDE =
  /\b(load[A-Z]\w*|download[A-Z]\w*|ModelFineTuner|new Evaluator|Quantizer|serve|open[A-Z]\w*|read[A-Z]\w*|write[A-Z]\w*|CheckpointStore|startRunRecord|display|environment|sha256File|shippedModels|fromRecipe|measurePeak|withFolderLock)\(/;

export interface CompiledExample {
  readonly place: string;
  readonly runs: boolean;
  /** TypeScript of one module. */
  readonly source: string;
}

/**
 * One module for an example: imports for the names it uses, declarations for the ones it takes for
 * granted, and a `run` that hands each commented result with its comment to `seen`.
 *
 * @param sdk the built sdk seen from the module, for names that are not public
 */
export function compileExample({ place, file, code }: Example, sdk: string): CompiledExample {
  const own = declared(code);
  const names = [...identifiers(code)].filter((name) => !own.has(name));
  const exported = new Set([...Object.keys(gradlab), ...TYPES]);
  const local = names.filter((name) => LOCAL[`${file}:${name}`]);
  const imported = names.filter((name) => exported.has(name) && !local.includes(name));
  const internal = names.filter((name) => !exported.has(name) && sourceExports(file).has(name));
  const assumed = names.filter(
    (name) => PRELUDE[name] && !imported.includes(name) && !internal.includes(name),
  );
  const lines = [
    'import type * as gradlab from "gradlab";',
    ...(imported.length > 0 ? [`import { ${imported.join(", ")} } from "gradlab";`] : []),
    ...(internal.length > 0
      ? [
          `import { ${internal.join(", ")} } from "${sdk}${file.slice("sdk/src".length).replace(/\.ts$/, ".js")}";`,
        ]
      : []),
    ...local.filter((name) => !assumed.includes(name)).map((name) => LOCAL[`${file}:${name}`]),
    ...assumed.filter((name) => !local.includes(name)).map((name) => PRELUDE[name]),
    "type Seen = (value: () => Promise<unknown>, comment: string) => Promise<void>;",
    "export type Used = gradlab.Tensor;",
    `// ${place}`,
    `export async function run(seen: Seen): Promise<void> {\n${instrumented(code)}\n}`,
  ];
  const runs = assumed.every((name) => IMPORTED.has(name)) && local.length === 0 && !OUTSIDE.test(code);
  return { place, runs, source: `${lines.join("\n")}\n` };
}

/** Types that examples name. */
const TYPES = ["Tensor", "HostArray"];

const files = new Map(sourceFiles("sdk/src").map((file) => [file.path, file]));

function sourceExports(path: string): Set<string> {
  const text = files.get(path)?.text ?? "";
  return new Set(
    [...text.matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm)].map(([, name]) => name),
  );
}

/** The code with every expression statement that a comment follows on its line passed to `seen`, unevaluated. */
function instrumented(code: string): string {
  const wrapped = `async () => {\n${code}\n}`;
  const { program, errors } = parseSync("example.ts", wrapped);
  if (errors.length > 0) throw new Error(`${errors[0].message} in the example\n${code}`);
  const statement = program.body[0] as unknown as { expression: { body: { body: readonly Statement[] } } };
  let out = "";
  let at = 0;
  for (const { type, end, expression } of statement.expression.body.body) {
    const comment =
      /^[ \t;]*\/\/(.*)/.exec(wrapped.slice(end)) ?? /^[ \t;]*\n[ \t]*\/\/(.*)/.exec(wrapped.slice(end));
    if (type !== "ExpressionStatement" || !expression) continue;
    const text = wrapped.slice(expression.start, expression.end);
    out += `${wrapped.slice(at, expression.start)}await seen(async () => (${text}), ${JSON.stringify((comment?.[1] ?? "").trim())});`;
    at = end;
  }
  out += wrapped.slice(at);
  return out.slice(out.indexOf("{") + 1, out.lastIndexOf("}")).trim();
}
