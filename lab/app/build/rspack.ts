import { createRequire } from "node:module";
import { join } from "node:path";
import { APP } from "./paths.js";

/** What we use of @rspack/core, which is not installed where gradlab itself is compiled. */
export interface Rspack {
  (configuration: object): Compiler;
  readonly CssExtractRspackPlugin: (new (options: object) => object) & { readonly loader: string };
  readonly DefinePlugin: new (definitions: object) => object;
  readonly ProvidePlugin: new (definitions: object) => object;
}

export interface Compiler {
  run(done: (error: Error | null, stats?: Stats) => void): void;
  close(done: (error?: Error | null) => void): void;
}

export interface Stats {
  hasErrors(): boolean;
  toString(options: object): string;
  toJson(options: object): {
    readonly entrypoints?: Readonly<
      Record<string, { readonly assets?: readonly { readonly name: string }[] }>
    >;
    readonly modules?: readonly StatsModule[];
  };
}

export interface StatsModule {
  readonly nameForCondition?: string;
  readonly modules?: readonly StatsModule[];
}

const require = createRequire(join(APP, "package.json"));

export const loadRspack = (): Rspack => (require("@rspack/core") as { rspack: Rspack }).rspack;

export const resolveLoader = (name: string): string => require.resolve(name);

export function runCompiler(compiler: Compiler): Promise<Stats> {
  return new Promise((resolve, reject) => {
    compiler.run((error, stats) =>
      compiler.close((closing) => {
        if (error ?? closing) reject(error ?? closing);
        else resolve(stats!);
      }),
    );
  });
}
