import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Tensor, toNumbers } from "gradlab";
import { allExamples, compileExample, examplesOf } from "./doc-examples.js";
import { parseSource, ROOT } from "./source-files.js";

const OUT = join(ROOT, "tests", "dist", "examples");
const SDK = relative(join(OUT, "src"), join(ROOT, "sdk", "dist"))
  .split(sep)
  .join("/");

const compiled = allExamples().map((example) => compileExample(example, SDK));

/** Type-checks every example, one module each, and emits them. Gives the compiler's complaints. */
function compileAll(): string {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(join(OUT, "src"), { recursive: true });
  compiled.forEach(({ source }, i) => writeFileSync(join(OUT, "src", `example-${i}.ts`), source));
  const config = {
    extends: relative(OUT, join(ROOT, "tsconfig.base.json")).split(sep).join("/"),
    compilerOptions: {
      composite: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
      rootDir: "src",
      outDir: "js",
    },
    include: ["src"],
  };
  writeFileSync(join(OUT, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", OUT, "--pretty", "false"], { encoding: "utf8", cwd: OUT });
    return "";
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    return (stdout ?? String(error)).replace(
      /^.*?example-(\d+)\.ts/gm,
      (_, i: string) => compiled[Number(i)].place,
    );
  }
}

type Seen = (value: () => Promise<unknown>, comment: string) => Promise<void>;

/** A comment as a value: JSON behind an optional `Float32Array `, `Map ` and the like, with … cutting numbers and texts short. */
function claimOf(comment: string): unknown {
  if (/^".*…/.test(comment)) return pieces(comment);
  const text = comment
    .replace(/^[A-Za-z0-9]+Array(\(\d+\))? ?/, "")
    .replace(/^.* = (?=[\d.]+…)/, "")
    .replace(/…/g, "");
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What a text has to match whose … stand for anything. */
function pieces(comment: string): RegExp {
  const text = JSON.parse(comment) as string;
  return new RegExp(
    `^${text
      .split(/\s*…\s*/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("[^]*")}$`,
  );
}

/** Nested plain arrays of what an example computed. */
async function plain(value: unknown): Promise<unknown> {
  const settled = await value;
  if (settled instanceof Tensor) return nested([...toNumbers(await settled.array())], settled.shape);
  if (ArrayBuffer.isView(settled)) return [...(settled as Float32Array)];
  return Array.isArray(settled) ? Promise.all(settled.map(plain)) : settled;
}

function nested(values: readonly number[], shape: readonly number[]): unknown {
  if (shape.length === 0) return values[0];
  const [first, ...rest] = shape;
  const size = values.length / first;
  return Array.from({ length: first }, (_, i) => nested(values.slice(i * size, (i + 1) * size), rest));
}

/** Numbers agree when they are equal to the digits that the comment shows. */
function agrees(value: unknown, claim: unknown): boolean {
  if (typeof value === "number" && typeof claim === "number") {
    const decimals = String(claim).split(".")[1]?.length ?? 0;
    const allowed = decimals === 0 ? 1e-12 * Math.abs(claim) : 10 ** -decimals;
    return Math.abs(value - claim) <= allowed;
  }
  if (claim instanceof RegExp) return claim.test(String(value));
  if (Array.isArray(value) && Array.isArray(claim)) {
    return value.length === claim.length && value.every((item, i) => agrees(item, claim[i]));
  }
  if (typeof value === "object" && typeof claim === "object" && value && claim) {
    return JSON.stringify(value) === JSON.stringify(claim);
  }
  return value === claim;
}

const complaints = compileAll();

test("every example in the sdk's docstrings compiles against the public types", (t) => {
  assert.equal(complaints, "");
  t.diagnostic(
    `${compiled.length} examples compiled, ${compiled.filter(({ runs }) => runs).length} of them run`,
  );
  assert.ok(compiled.length > 80);
});

for (const [i, { place, runs }] of compiled.entries()) {
  if (!runs) continue;
  test(`the example at ${place} gives what its comments say`, async () => {
    const file = pathToFileURL(join(OUT, "js", `example-${i}.js`)).href;
    const { run } = (await import(file)) as { run: (seen: Seen) => Promise<void> };
    await run(async (value, comment) => {
      const [code] = /^E_[A-Z_]+/.exec(comment) ?? [];
      if (code) return assert.rejects(value(), { code });
      const got = await plain(value());
      const claim = claimOf(comment);
      if (claim === undefined) return;
      assert.ok(agrees(got, claim), `gives ${JSON.stringify(got)}, its comment says ${comment}`);
    });
  });
}

test("examples are found in one-line and long docstrings, and up to the next tag", () => {
  const text = [
    "/** Short. @example f(1) // 2 */",
    "/**",
    " * Long.",
    " * @example",
    " * const x = f(1);",
    " * x; // 2",
    " * @throws E_SHAPE",
    " */",
  ].join("\n");
  const found = examplesOf(parseSource("sdk/src/x.ts", `${text}\nexport const f = 1;`));
  assert.deepEqual(
    found.map(({ code }) => code),
    ["f(1) // 2", "const x = f(1);\nx; // 2"],
  );
  assert.deepEqual(
    found.map(({ place }) => place),
    ["sdk/src/x.ts:1", "sdk/src/x.ts:4"],
  );
});

test("a comment's numbers hold to the digits shown", () => {
  assert.ok(
    agrees(0.33333, claimOf("0.333")) &&
      agrees([[11]], claimOf("[[11]]")) &&
      agrees(Math.LN2, claimOf("ln 2 = 0.693…")),
  );
  assert.ok(
    !agrees(0.4, claimOf("0.333")) && !agrees([1, 2], claimOf("[1, 2, 3]")) && !agrees("a", claimOf('"b"')),
  );
  assert.equal(claimOf("compiles and runs"), undefined);
});
