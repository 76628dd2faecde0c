import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { ERROR_CODES } from "gradlab";
import { parseSource, ROOT, sourceFiles, type SourceFile } from "./source-files.js";

const SDK = "sdk/src";
const sdk = sourceFiles(SDK);
const kernel = sourceFiles("kernel/src");
const lab = ["lab/cli/src", "lab/server/src", "lab/course/src", "lab/app/build", "lab/app/src"].flatMap(
  sourceFiles,
);
const product = [...sdk, ...kernel, ...lab];
const tests = ["tests", "scripts", "bench"].flatMap(sourceFiles);

/** docs: DESIGN §2, and the edges that building showed to be right. */
const DIRECT: Readonly<Record<string, readonly string[]>> = {
  "call-site": [],
  errors: ["call-site"],
  job: ["errors"],
  // The operating system's own services: nothing of gradlab's, so that folders far apart can ask.
  native: ["errors"],
  tensor: ["errors"],
  graph: ["tensor"],
  ops: ["graph"],
  transforms: ["ops"],
  nn: ["ops"],
  optim: ["ops"],
  engine: ["graph", "ops"],
  text: ["errors"],
  artifacts: ["tensor", "native"],
  // Names of files that lie elsewhere.
  hub: ["job", "native", "artifacts"],
  data: ["text", "tensor", "hub"],
  display: ["tensor"],
  // What programs are and do, shown.
  inspect: ["engine", "display", "artifacts"],
  // A model is loaded from files, reads text, loops over it where it recurs, and decodes through compiled programs.
  models: ["nn", "transforms", "artifacts", "hub", "text", "engine"],
  export: ["models"],
  finetune: ["models", "optim", "engine", "data", "artifacts", "job"],
  pretrain: ["finetune", "display"],
  quantize: ["models", "optim", "engine", "data", "artifacts", "job"],
  evaluate: ["models", "optim", "engine", "data", "artifacts", "job"],
  serve: ["models", "text", "engine", "artifacts"],
};

function reachable(folder: string): Set<string> {
  const found = new Set<string>();
  const stack = [...(DIRECT[folder] ?? [])];
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (!found.has(next)) stack.push(...(DIRECT[next] ?? []));
    found.add(next);
  }
  return found;
}

/** The top folder under `root` that a file lies in; a file at the root stands for itself. */
function folderOf(root: string, path: string): string {
  const [first] = path.slice(root.length + 1).split("/");
  return first.replace(/\.[jt]s$/, "");
}

interface Edge {
  readonly file: string;
  readonly specifier: string;
  readonly from: string;
  readonly to: string;
}

/** Imports that leave their top folder. */
function edges(root: string, files: readonly SourceFile[]): Edge[] {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => {
        const target = posix.join(posix.dirname(path), specifier);
        return { file: path, specifier, from: folderOf(root, path), to: folderOf(root, target) };
      })
      .filter(({ from, to }) => from !== to),
  );
}

const show = ({ file, specifier }: Edge): string => `${file} imports ${specifier}`;

/** A check is worth nothing unless it fails on what it forbids. */
const example = (text: string, path = "sdk/src/tensor/example.ts"): SourceFile => parseSource(path, text);

function sdkViolations(files: readonly SourceFile[]): string[] {
  return edges(SDK, files)
    .filter(({ from, to }) => from !== "index" && !reachable(from).has(to))
    .map(show);
}

test("sdk folders import only what lies before them", () => {
  assert.deepEqual(sdkViolations(sdk), []);
  assert.equal(sdkViolations([example('import { grad } from "../graph/index.js";')]).length, 1);
  assert.equal(sdkViolations([example('export * from "../nn/index.js";')]).length, 1);
  assert.equal(sdkViolations([example('type T = import("../ops/index.js").Operand;')]).length, 1);
});

test("the folders of the sdk are the ones whose directions are written down", () => {
  const folders = new Set(sdk.map(({ path }) => folderOf(SDK, path)).filter((folder) => folder !== "index"));
  assert.deepEqual(
    [...folders].filter((folder) => !DIRECT[folder]),
    [],
  );
});

const ROOTS = [SDK, "kernel/src", "lab/cli/src", "lab/server/src", "lab/course/src"];

function backDoors(root: string, files: readonly SourceFile[]): string[] {
  return edges(root, files)
    .filter(({ specifier, to }) => !specifier.endsWith("/index.js") && !specifier.endsWith(`${to}.js`))
    .map(show);
}

test("folders are entered through their index.ts only", () => {
  assert.deepEqual(
    ROOTS.flatMap((root) => backDoors(root, sourceFiles(root))),
    [],
  );
  assert.equal(backDoors(SDK, [example('import { Node } from "../graph/node.js";')]).length, 1);
  const augmentation = 'declare module "../graph/tensor.js" { interface Tensor { x(): void } }';
  assert.deepEqual(backDoors(SDK, [example(augmentation)]), []);
});

test("every folder has a door that says what flows through it", () => {
  const missing = ROOTS.flatMap((root) => {
    const files = sourceFiles(root);
    const folders = new Set(
      files.map(({ path }) => folderOf(root, path)).filter((f) => existsSync(join(ROOT, root, f))),
    );
    return [...folders]
      .map((folder) => `${root}/${folder}/index.ts`)
      .filter((door) => {
        const text = files.find(({ path }) => path === door)?.text ?? "";
        return !/^\/\/ .+ (→|↔) .+\n/.test(text);
      });
  });
  assert.deepEqual(missing, []);
});

/** Who may import what from outside: a package or Node module, and the only places for it. */
const DOORS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^onnxruntime-node$/, ["sdk/src/engine/"]],
  // Engines call libraries of their own; what the C library alone gives is asked in one place.
  [/^koffi$/, ["sdk/src/engine/", "sdk/src/native/"]],
  [/^zeromq$/, ["kernel/src/client/"]],
  [/^plotly/, ["sdk/src/display/", "lab/app/"]],
  [/^@huggingface\/hub$/, ["sdk/src/hub/"]],
  [/^hyparquet/, ["sdk/src/data/"]],
  [/^@uwdata\/flechette$/, ["sdk/src/data/"]],
  [/^arquero$/, ["sdk/src/display/", "sdk/src/data/"]],
  [/^@jupyterlab\//, ["lab/app/"]],
  // The GPU's door asks which driver files this machine has.
  [
    /^node:fs(\/promises)?$/,
    [
      "sdk/src/data/",
      "sdk/src/artifacts/",
      "sdk/src/hub/",
      "sdk/src/engine/webgpu/driver.ts",
      "kernel/",
      "lab/",
    ],
  ],
  [/^ws$/, ["lab/server/src/channels/"]],
  [/^@huggingface\/jinja$/, ["sdk/src/text/"]],
  [/^yaml$/, ["sdk/src/artifacts/"]],
  [/^marked$/, ["lab/server/src/nbconvert/"]],
  [/^json5$/, ["lab/server/src/settings/"]],
  [/^gradlab-kernel/, ["lab/"]],
  [/^gradlab($|\/)/, ["lab/"]],
];

function trespasses(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter((name) =>
        DOORS.some(([what, places]) => what.test(name) && !places.some((place) => path.startsWith(place))),
      )
      .map((name) => `${path} imports ${name}`),
  );
}

test("each dependency has one door, and sdk and kernel do not know each other", () => {
  assert.deepEqual(trespasses(product), []);
  for (const name of [
    "koffi",
    "zeromq",
    "node:fs",
    "node:fs/promises",
    "gradlab-kernel",
    "onnxruntime-node",
  ]) {
    assert.equal(trespasses([example(`const x = await import("${name}");`)]).length, 1, name);
  }
  const crossing = product.flatMap(({ path, imports }) =>
    imports
      .filter((name) => /^(\.\.\/)+(sdk|kernel|lab)\//.test(name))
      .map((name) => `${path} imports ${name}`),
  );
  assert.deepEqual(crossing, []);
});

test("named exports only, and no any", () => {
  const all = [...product, ...tests];
  assert.deepEqual(
    all.filter((file) => file.hasDefaultExport).map(({ path }) => path),
    [],
  );
  assert.deepEqual(
    all.filter((file) => file.usesAny).map(({ path }) => path),
    [],
  );
  assert.ok(example("export default 1;").hasDefaultExport && example("const x: any = 1;").usesAny);
});

test("files of the product have at most 400 lines, functions at most 80", (t) => {
  const lines = ({ text }: SourceFile): number => text.split("\n").length - 1;
  assert.deepEqual(
    product.filter((file) => lines(file) > 400).map((file) => `${file.path}: ${lines(file)} lines`),
    [],
  );
  const long = product.flatMap(({ path, functions }) =>
    functions.filter((f) => f.lines > 80).map((f) => `${path}:${f.line}: ${f.lines} lines`),
  );
  assert.deepEqual(long, []);
  const lengths = product.flatMap(({ functions }) => functions.map((f) => f.lines)).sort((a, b) => a - b);
  t.diagnostic(
    `${product.length} files, ${product.reduce((sum, file) => sum + lines(file), 0)} lines; functions: median ${lengths[lengths.length >> 1]}, longest ${lengths.at(-1)} lines`,
  );
});

const kernelErrors = kernel.find(({ path }) => path === "kernel/src/errors.ts")!.text;
const serverErrors = sourceFiles("lab/server/src").find(({ path }) => path.endsWith("src/errors.ts"))!.text;
const serverCodes = [...serverErrors.matchAll(/^ {2}(E_[A-Z_]+): \{/gm)].map(([, code]) => code);
const kernelCodes = [...kernelErrors.matchAll(/^ {2}(E_[A-Z_]+):/gm)].map(([, code]) => code);

/** Codes whose feature is still to come; a code leaves this list when something throws it. */
const AWAITED: ReadonlySet<string> = new Set(["E_SYNTAX", "E_TYPE", "E_TIMEOUT"]);

test("every error code is thrown somewhere", () => {
  const unthrown = (codes: readonly string[], files: readonly SourceFile[]): string[] =>
    codes.filter(
      (code) => !files.some(({ path, text }) => !path.endsWith("/errors.ts") && text.includes(`"${code}"`)),
    );
  const silent = [
    ...unthrown(Object.keys(ERROR_CODES), sdk),
    ...unthrown(kernelCodes, [...kernel, ...lab]),
    ...unthrown(serverCodes, lab),
  ];
  assert.deepEqual(new Set(silent), AWAITED);
});

test("docs/errors.md lists every error code with its hint, and no other", () => {
  const page = readFileSync(join(ROOT, "docs", "errors.md"), "utf8");
  const listed = [...page.matchAll(/^\| `(E_[A-Z_]+)` +\|/gm)].map(([, code]) => code);
  assert.deepEqual([...listed].sort(), [...Object.keys(ERROR_CODES), ...kernelCodes, ...serverCodes].sort());
  for (const [code, hint] of Object.entries(ERROR_CODES)) {
    const line = page.split("\n").find((text) => text.startsWith(`| \`${code}\``))!;
    assert.ok(
      line.replaceAll("\\|", "|").includes(hint),
      `${code}'s hint in docs/errors.md is not "${hint}"`,
    );
  }
});

/** Tracked files, or undefined outside a git checkout. */
function trackedFiles(): string[] | undefined {
  try {
    return execFileSync("git", ["ls-files", "-z"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
      .split("\0")
      .filter((path) => path !== "" && existsSync(join(ROOT, path)));
  } catch {
    return undefined;
  }
}

const hosts = ["registry.npmjs", "npmjs.org", "pypi.org"].map((name) => name.replace(".", "\\.")).join("|");
const PRIVATE = new RegExp(`(?<![\\w.])/(work|root|home|Users)/[A-Za-z0-9_.-]{3,}|${hosts}`);

test("no tracked file names a folder of somebody's machine or a package registry", (t) => {
  const files = trackedFiles();
  if (!files) return t.skip("this is not a git checkout");
  const self = "tests/architecture.test.ts";
  const found = files
    .filter((path) => path !== self && !/\.(safetensors|png|pt|bin|gz|woff2?)$/.test(path))
    .flatMap((path) => {
      const match = PRIVATE.exec(readFileSync(join(ROOT, path), "utf8"));
      return match ? [`${path}: ${match[0]}`] : [];
    });
  assert.deepEqual(found, []);
  assert.ok(
    PRIVATE.test(`at ${["", "work", "main"].join("/")}`) &&
      PRIVATE.test(["https:", "", "registry.npmjs.org", "x"].join("/")),
  );
});
