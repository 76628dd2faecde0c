import { rmSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "./build-error.js";
import { extensionPackages, manifestOf } from "./entries.js";
import { APP, packageFolder } from "./paths.js";
import { loadRspack, resolveLoader, type Rspack, runCompiler } from "./rspack.js";

/** Each theme's style sheet, with what it imports, its fonts and its pictures inside → `output`/themes/<package>/index.css. */
export async function bundleThemes(output: string): Promise<void> {
  const themes = extensionPackages()
    .map((name) => ({ name, path: manifestOf(name).jupyterlab?.themePath }))
    .filter((theme): theme is { name: string; path: string } => theme.path !== undefined);
  const entry = Object.fromEntries(themes.map(({ name, path }) => [name, join(packageFolder(name), path)]));
  const rspack = loadRspack();
  const stats = await runCompiler(rspack(configure(rspack, entry, join(output, "themes"))));
  if (stats.hasErrors()) {
    process.stderr.write(`${stats.toString({ all: false, errors: true, colors: false }).slice(0, 4_000)}\n`);
    throw new BuildError("E_BUNDLE", "The themes did not bundle.");
  }
  for (const { name } of themes)
    rmSync(join(output, "themes", ...name.split("/"), "script.js"), { force: true });
}

function configure({ CssExtractRspackPlugin }: Rspack, entry: object, output: string): object {
  return {
    mode: "production",
    context: APP,
    target: ["web", "es2022"],
    entry,
    output: { path: output, filename: "[name]/script.js", publicPath: "" },
    resolve: { modules: [join(APP, "node_modules")] },
    module: {
      rules: [
        {
          test: /\.css$/,
          use: [CssExtractRspackPlugin.loader, resolveLoader("css-loader")],
          type: "javascript/auto",
        },
        { test: /\.(svg|png|jpe?g|gif|eot|otf|ttf|woff2?)$/, type: "asset/inline" },
      ],
    },
    plugins: [new CssExtractRspackPlugin({ filename: "[name]/index.css", ignoreOrder: true })],
    devtool: false,
    performance: { hints: false },
    cache: false,
  };
}
