import type { TransformOptions, TransformResult } from "oxc-transform";
import { lowerDecorators } from "./decorators.js";
import { loadOxc } from "./oxc.js";
import { parseModule } from "./parse.js";
import type { CompileOptions } from "./tsconfig.js";

/** A fault of syntax: where in the source, and what the parser says. */
export interface SyntaxFault {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly help: string | null;
}

export type Compiled =
  | { readonly ok: true; readonly code: string; readonly mappings: string; readonly jsx: boolean }
  | { readonly ok: false; readonly fault: SyntaxFault };

type Lang = "ts" | "tsx";

/**
 * TypeScript → JavaScript for Node 20, with a source map. `cell`: imports stay unless they say `type`,
 * since a later cell may use them; helpers are the kernel's globals.
 */
export function compileTypeScript(
  source: string,
  options: CompileOptions,
  kind: "cell" | "tsx" | "ts",
): Compiled {
  let lang: Lang = kind === "tsx" ? "tsx" : "ts";
  let typed = transform(source, options, lang, kind === "cell");
  if (typed.errors.length > 0 && kind === "cell" && /<[\w>]/.test(source)) {
    // `<T>x` and `<T>(x) => …` are TypeScript only where there is no JSX: that reading goes first
    const other = transform(source, options, "tsx", true);
    if (other.errors.length === 0) {
      if (options.jsx === undefined && !PRAGMA.test(source)) return { ok: false, fault: noJsx(typed) };
      lang = "tsx";
      typed = other;
    }
  }
  if (typed.errors.length > 0) return { ok: false, fault: faultOf(typed) };
  if (options.decorators === "standard" && hasDecorators(source, lang))
    return throughTypeScript(source, options, lang, kind === "cell");
  return { ok: true, code: typed.code, mappings: typed.map?.mappings ?? "", jsx: lang === "tsx" };
}

const PRAGMA = /@jsx(ImportSource)?\s/;

function transform(source: string, options: CompileOptions, lang: Lang, cell: boolean): TransformResult {
  return loadOxc().transformer.transformSync(`source.${lang}`, source, {
    lang,
    sourceType: "module",
    sourcemap: true,
    target: "es2022",
    helpers: { mode: "External" as never },
    typescript: { onlyRemoveTypeImports: cell, removeClassFieldsWithoutInitializer: !options.defineFields },
    decorator: { legacy: true, emitDecoratorMetadata: options.decoratorMetadata },
    jsx: jsxOf(options),
  });
}

function jsxOf({ jsx }: CompileOptions): NonNullable<TransformOptions["jsx"]> {
  return {
    runtime: jsx?.runtime ?? "automatic",
    development: jsx?.development ?? false,
    ...(jsx?.importSource === undefined ? {} : { importSource: jsx.importSource }),
    ...(jsx?.factory === undefined ? {} : { pragma: jsx.factory }),
    ...(jsx?.fragment === undefined ? {} : { pragmaFrag: jsx.fragment }),
  };
}

function faultOf(result: TransformResult): SyntaxFault {
  const fault = result.errors[0];
  const label = fault?.labels.at(-1) ?? { start: 0, end: 0 };
  return {
    message: fault?.message ?? "",
    start: label.start,
    end: label.end,
    help: fault?.helpMessage ?? null,
  };
}

function noJsx(result: TransformResult): SyntaxFault {
  return {
    ...faultOf(result),
    message: "This cell has JSX, and nothing says what it becomes.",
    help: 'Put {"compilerOptions": {"jsx": "react-jsx", "jsxImportSource": "preact"}} into tsconfig.json beside the notebook and install that package (%install preact).',
  };
}

/** TC39 decorators: TypeScript lowers them and removes the types, oxc what is left of JSX. */
function throughTypeScript(source: string, options: CompileOptions, lang: Lang, cell: boolean): Compiled {
  const lowered = lowerDecorators(source, lang === "tsx");
  if (lowered === undefined) {
    const message = "Decorators need TypeScript's compiler, which cannot be started.";
    return { ok: false, fault: { message, start: source.indexOf("@"), end: source.length, help: null } };
  }
  if (lang === "ts") return { ok: true, ...lowered, jsx: false };
  const rest = transform(lowered.code, options, "tsx", cell);
  if (rest.errors.length > 0) return { ok: false, fault: faultOf(rest) };
  // two maps are not joined: lines stay those of TypeScript's output
  return { ok: true, code: rest.code, mappings: lowered.mappings, jsx: true };
}

/** Whether there is a decorator anywhere; only asked where there is an `@`. */
function hasDecorators(source: string, lang: Lang): boolean {
  if (!/@[\p{ID_Start}$_(]/u.test(source)) return false;
  return decorated(parseModule(source, lang).program);
}

function decorated(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (Array.isArray(node)) return node.some(decorated);
  const list = (node as { decorators?: unknown }).decorators;
  return (Array.isArray(list) && list.length > 0) || Object.values(node).some(decorated);
}

/** Whether a cell reads only as JSX. */
export function isJsx(source: string): boolean {
  if (!/<[\w>]/.test(source)) return false;
  const fails = (lang: Lang): boolean => parseModule(source, lang).errors.length > 0;
  return fails("ts") && !fails("tsx");
}
