import { join } from "node:path";
import { BuildError } from "./build-error.js";
import { ENTRIES, writeEntries } from "./entries.js";
import { APP, CACHE } from "./paths.js";
import {
  loadRspack,
  resolveLoader,
  type Rspack,
  runCompiler,
  type Stats,
  type StatsModule,
} from "./rspack.js";

export interface Bundle {
  /** Entry → its files below static/, in the order a page loads them. */
  readonly entries: Readonly<Record<string, { readonly scripts: string[]; readonly styles: string[] }>>;
  /** The files of packages that went in. */
  readonly modules: readonly string[];
}

export interface BundleOptions {
  readonly output: string;
  /** Unminified, with a cache on disk: seconds instead of half a minute from the second time on. */
  readonly development: boolean;
}

/** Sources and packages → `output`/static. @throws E_BUNDLE */
export async function bundle({ output, development }: BundleOptions): Promise<Bundle> {
  writeEntries();
  const rspack = loadRspack();
  const compiler = rspack(configure(rspack, join(output, "static"), development));
  const stats = await runCompiler(compiler);
  if (stats.hasErrors()) {
    process.stderr.write(`${stats.toString({ all: false, errors: true, colors: false }).slice(0, 6_000)}\n`);
    throw new BuildError("E_BUNDLE", "The front end did not bundle.");
  }
  return describe(stats);
}

const MISSING_IN_BROWSERS = ["buffer", "crypto", "util", "url", "ws", "node-fetch"];

function configure(rspack: Rspack, output: string, development: boolean): object {
  const { CssExtractRspackPlugin, DefinePlugin, ProvidePlugin } = rspack;
  const name = development ? "[name]" : "[name].[contenthash:12]";
  return {
    mode: development ? "development" : "production",
    context: APP,
    target: ["web", "es2022"],
    entry: { lab: "./src/pages/lab.ts", notebook: "./src/pages/notebook.ts" },
    output: {
      path: output,
      publicPath: "auto",
      filename: `${name}.js`,
      chunkFilename: `${name}.js`,
      assetModuleFilename: "[name].[contenthash:12][ext]",
      hashFunction: "xxhash64",
    },
    devtool: development ? "cheap-module-source-map" : false,
    resolve: {
      extensions: [".ts", ".tsx", ".js", ".json"],
      extensionAlias: { ".js": [".ts", ".tsx", ".js"] },
      alias: { "#extensions": ENTRIES },
      fallback: {
        ...Object.fromEntries(MISSING_IN_BROWSERS.map((module) => [module, false])),
        path: resolveLoader("path-browserify"),
        process: resolveLoader("process/browser"),
      },
      modules: [join(APP, "node_modules")],
    },
    module: { rules: rules(CssExtractRspackPlugin.loader) },
    plugins: [
      new CssExtractRspackPlugin({
        filename: `${name}.css`,
        chunkFilename: `${name}.css`,
        ignoreOrder: true,
      }),
      new DefinePlugin({ "process.env.NODE_DEBUG": "undefined" }),
      new ProvidePlugin({ process: "process/browser" }),
    ],
    optimization: {
      runtimeChunk: "single",
      // One chunk that both pages share, so that going from one to the other loads little.
      splitChunks: {
        cacheGroups: { core: { name: "core", chunks: "initial", minChunks: 2, priority: 10, enforce: true } },
      },
    },
    performance: { hints: false },
    ignoreWarnings: [() => true],
    ...(development
      ? { cache: { type: "persistent", storage: { type: "filesystem", directory: join(CACHE, "rspack") } } }
      : { cache: false }),
  };
}

function rules(extractCss: string): object[] {
  const fromScript = { not: [/\.css$/] };
  return [
    { test: /\.m?js$/, resolve: { fullySpecified: false } },
    {
      test: /\.tsx?$/,
      loader: "builtin:swc-loader",
      options: {
        jsc: {
          parser: { syntax: "typescript", tsx: true, decorators: true },
          target: "es2022",
          transform: { react: { runtime: "automatic" } },
        },
      },
      type: "javascript/auto",
    },
    { test: /\.raw\.css$/, type: "asset/source" },
    {
      test: /\.css$/,
      exclude: /\.raw\.css$/,
      use: [extractCss, resolveLoader("css-loader")],
      type: "javascript/auto",
    },
    // Icons are read as text by scripts and as pictures by styles.
    { test: /\.svg$/, issuer: /\.css$/, type: "asset", parser: { dataUrlCondition: { maxSize: 8192 } } },
    { test: /\.svg$/, issuer: fromScript, type: "asset/source" },
    { test: /\.(txt|md)$/, type: "asset/source" },
    { test: /\.(png|jpe?g|gif|ico|eot|otf|ttf|woff2?)$/, type: "asset/resource" },
  ];
}

function describe(stats: Stats): Bundle {
  const { entrypoints = {}, modules = [] } = stats.toJson({
    all: false,
    entrypoints: true,
    modules: true,
    nestedModules: true,
    cachedModules: true,
    orphanModules: true,
    modulesSpace: Infinity,
    nestedModulesSpace: Infinity,
    groupModulesByAttributes: false,
    groupModulesByCacheStatus: false,
    groupModulesByExtension: false,
    groupModulesByLayer: false,
    groupModulesByPath: false,
    groupModulesByType: false,
  });
  const entries = Object.entries(entrypoints).map(([name, { assets = [] }]) => {
    const files = assets.map((asset) => `static/${asset.name}`);
    const ending = (end: string): string[] => files.filter((file) => file.endsWith(end));
    return [name, { scripts: ending(".js"), styles: ending(".css") }] as const;
  });
  return { entries: Object.fromEntries(entries), modules: [...new Set(modules.flatMap(filesOf))] };
}

function filesOf({ nameForCondition, modules = [] }: StatsModule): string[] {
  return [...(nameForCondition === undefined ? [] : [nameForCondition]), ...modules.flatMap(filesOf)];
}
