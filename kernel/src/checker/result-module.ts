import { lastExpression } from "../session/index.js";
import type { CellModule } from "./cell-module.js";

/** The module of a cell whose result later cells know as `$_` and, for cell n, `$n`: typed as the expression is. */
export function withResult(module: CellModule, code: string, count: number): CellModule {
  const found = lastExpression(code);
  const at = found && module.text.lastIndexOf(module.body);
  if (found === undefined || at === undefined || at < 0) return module;
  const name = `$${count}`;
  const expression = code.slice(found.start, found.end);
  const text =
    module.text.slice(0, at + found.statementStart) +
    `const ${name} = await (${expression}\n);` +
    module.text.slice(at + found.statementEnd) +
    `\nexport { ${name}, ${name} as $_ };`;
  const declares = new Map(module.declares);
  for (const one of [name, "$_"]) declares.set(one, { name: one, kind: "fixed", exported: true });
  return { ...module, text, declares };
}
