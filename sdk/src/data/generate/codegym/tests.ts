import { CPP } from "./cpp.js";
import { JAVA } from "./java.js";
import type { Language } from "./languages.js";
import type { Program, Value, ValueType } from "./program.js";

interface Case {
  readonly arguments: readonly Value[];
  readonly result: Value;
}

/** What makes a solution a program that exits with 0 if every case gives its result: the text before and after it. */
export function writeTests(
  program: Program,
  functionName: string,
  cases: readonly Case[],
  language: Language,
): { readonly before: string; readonly after: string } {
  const types = program.parameters.map(({ type }) => type);
  const calls = cases.map(({ arguments: values, result }) => ({
    call: `${functionName}(${values.map((value, i) => literal(value, types[i], language)).join(", ")})`,
    result: literal(result, program.returns, language),
  }));
  switch (language) {
    case "typescript":
      return {
        before: "",
        after: `\nfor (const [got, wanted] of [\n${calls.map(({ call, result }) => `  [${call}, ${result}],\n`).join("")}] as const)
  if (JSON.stringify(got) !== JSON.stringify(wanted))
    throw new Error(\`got \${JSON.stringify(got)}, wanted \${JSON.stringify(wanted)}\`);\n`,
      };
    case "python":
      return {
        before: "",
        after: `\n\n${calls.map(({ call, result }) => `assert ${call} == ${result}\n`).join("")}`,
      };
    case "java":
      return {
        before: "import java.util.*;\n\nclass Main {\n",
        after: `
    public static void main(String[] arguments) {
${calls.map(({ call, result }) => `        check(${call}, ${result});\n`).join("")}    }

    static void check(Object got, Object wanted) {
        if (!got.equals(wanted)) throw new AssertionError("got " + got + ", wanted " + wanted);
    }
}
`,
      };
    case "cpp":
      return {
        before: "#include <algorithm>\n#include <cstdlib>\n#include <string>\n#include <vector>\n\n",
        after: `
int main() {
${calls.map(({ call, result }) => `  if (${call} != ${result}) return 1;\n`).join("")}  return 0;
}
`,
      };
  }
}

function literal(value: Value, type: ValueType, language: Language): string {
  if (typeof value !== "object") {
    if (language === "python" && typeof value === "boolean") return value ? "True" : "False";
    const text = JSON.stringify(value);
    return language === "cpp" && typeof value === "string" ? `std::string(${text})` : text;
  }
  const items = value.map((item) => JSON.stringify(item)).join(", ");
  if (language === "cpp") return `${CPP.types[type]}{${items}}`;
  if (language !== "java") return `[${items}]`;
  return items === "" ? `new ${JAVA.types[type].replace("List", "ArrayList")}()` : `List.of(${items})`;
}
