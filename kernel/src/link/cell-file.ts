import { join } from "node:path";

/**
 * The file that a cell pretends to be, in the notebook's folder: what it imports is looked up from there,
 * and errors and the debugger know the cell by it.
 */
export function cellFile(folder: string, name: string): string {
  return join(folder, `${name.replaceAll(" ", "-")}.ts`);
}
