// TypeScript → JavaScript: cells and local files, under the options of the nearest tsconfig.json.
export { loadOxc } from "./oxc.js";
export { parseModule, type SourceLang } from "./parse.js";
export { compileTypeScript, isJsx, type Compiled, type SyntaxFault } from "./compile.js";
export { type CompileOptions, type JsxOptions, readOptions } from "./tsconfig.js";
export { configsAbove, takesIn } from "./project.js";
export { findLocal, importedFiles, localImports, TYPESCRIPT, versionOf } from "./module-version.js";
export { mapPath } from "./paths.js";
export { typescriptProgram } from "./typescript-program.js";
