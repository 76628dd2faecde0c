import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CODE_FAMILIES, type CodeLanguage, type CodeTask, generateCode, GradlabError } from "gradlab";
import { transformSync } from "oxc-transform";

const program = ({ tests, solution }: CodeTask): string => tests.before + solution + tests.after;

const tasksIn = (language: CodeLanguage, count: number, seed: number): CodeTask[] =>
  generateCode({ count, seed, languages: [language] });

/** Runs a command, with what it printed where it fails. */
function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${stdout}${stderr}`);
}

const inFolder = (work: (folder: string) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-code-"));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const without = (command: string, flag = "--version"): string | false =>
  spawnSync(command, [flag]).status === 0 ? false : `${command} is not on this machine`;

void test("there are at least forty families besides the chains, and thousands of tasks", () => {
  assert.equal(new Set(CODE_FAMILIES).size, CODE_FAMILIES.length);
  assert.ok(CODE_FAMILIES.length >= 40 + 72, `${CODE_FAMILIES.length}`);
  const tasks = generateCode({ count: 4000, cases: 1 });
  assert.equal(new Set(tasks.map(({ spec }) => spec)).size, 4000);
  assert.deepEqual(new Set(tasks.map(({ family }) => family)), new Set(CODE_FAMILIES));
});

void test("every TypeScript solution passes its tests, and a wrong one does not", () => {
  const tasks = tasksIn("typescript", 3000, 1);
  assert.deepEqual(new Set(tasks.map(({ family }) => family)), new Set(CODE_FAMILIES));
  for (const task of tasks) {
    const { code, errors } = transformSync("task.ts", program(task));
    assert.deepEqual(errors, []);
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- generated here
    assert.doesNotThrow(new Function(code) as () => void, `${task.prompt}\n${code}`);
  }
  const [task] = tasks.filter(({ family }) => family === "clamp");
  const wrong = transformSync("task.ts", program(task).replace("Math.max", "Math.min")).code;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- generated here
  assert.throws(new Function(wrong) as () => void, /got/);
});

void test("TypeScript solutions have no type error", () => {
  inFolder((folder) => {
    const files = tasksIn("typescript", 300, 2).map((task, i) => {
      writeFileSync(join(folder, `task-${i}.ts`), `${program(task)}export {};\n`);
      return `task-${i}.ts`;
    });
    const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
    run(
      process.execPath,
      [tsc, "--noEmit", "--strict", "--target", "es2022", "--types", "", ...files],
      folder,
    );
  });
});

void test("every Python solution passes its tests", { skip: without("python3") }, () => {
  const tasks = tasksIn("python", 1000, 3);
  const text = tasks.map((task) => `exec(${JSON.stringify(program(task))}, {})\n`).join("");
  const { status, stderr } = spawnSync("python3", ["-"], { input: text, encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

void test("Java solutions pass their tests", { skip: without("javac", "-version") }, () => {
  inFolder((folder) => {
    const tasks = tasksIn("java", 300, 4);
    const names = tasks.map((task, i) => {
      const text = program(task)
        .replace("import java.util.*;\n", "")
        .replace("class Main {", `class Task${i} {`);
      writeFileSync(join(folder, `Task${i}.java`), `import java.util.*;\n${text}`);
      return `Task${i}`;
    });
    const main = `class All { public static void main(String[] a) { ${names.map((name) => `${name}.main(a);`).join(" ")} } }`;
    writeFileSync(join(folder, "All.java"), main);
    run("javac", ["-nowarn", "All.java", ...names.map((name) => `${name}.java`)], folder);
    run("java", ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "All"], folder);
  });
});

void test("C++ solutions pass their tests", { skip: without("g++") }, () => {
  inFolder((folder) => {
    const tasks = tasksIn("cpp", 120, 5);
    const headers = tasks[0].tests.before;
    const parts = tasks.map((task, i) => {
      const text = program(task).slice(headers.length).replace("int main() {", "int run() {");
      return `namespace task${i} {\n${text}\n}\n`;
    });
    const calls = tasks.map((_, i) => `if (task${i}::run() != 0) return ${(i % 250) + 1};`);
    writeFileSync(
      join(folder, "all.cpp"),
      `${headers}${parts.join("")}int main() { ${calls.join("\n")} return 0; }\n`,
    );
    run("g++", ["-std=c++17", "-O0", "-o", "all", "all.cpp"], folder);
    execFileSync(join(folder, "all"));
  });
});

void test("one seed gives the same tasks, another others, and the splits share none", () => {
  const train = generateCode({ count: 1500, seed: 7, cases: 1 });
  assert.deepEqual(generateCode({ count: 1500, seed: 7, cases: 1 }), train);
  assert.notDeepEqual(generateCode({ count: 20, seed: 8, cases: 1 }), train.slice(0, 20));
  const held = generateCode({ count: 150, seed: 7, split: "test", cases: 1 });
  const known = new Set(train.map(({ spec }) => spec));
  assert.deepEqual(
    held.filter(({ spec }) => known.has(spec)),
    [],
  );
});

void test("a description comes back when a function is to be explained", () => {
  const [write] = generateCode({ count: 1, seed: 3, languages: ["python"] });
  const [explain] = generateCode({ count: 1, seed: 3, languages: ["python"], direction: "explain" });
  assert.ok(explain.prompt.includes(write.solution));
  assert.equal(explain.completion, `It ${write.spec}.`);
});

void test("more tasks than there are is an error, and so are options out of range", () => {
  const code = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      if (error instanceof GradlabError) return `${error.code} ${error.where}`;
    }
    return "";
  };
  assert.equal(
    code(() => generateCode({ count: 500_000, cases: 1 })),
    "E_CONFIG count",
  );
  assert.equal(
    code(() => generateCode({ count: 1.5 })),
    "E_CONFIG count",
  );
  assert.equal(
    code(() => generateCode({ count: 1, testShare: 1 })),
    "E_CONFIG testShare",
  );
});
