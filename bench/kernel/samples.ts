/** The cells of the benches, in TypeScript for three of the kernels and in Python for the other. */
type Language = "typescript" | "python";

/** Twenty lines with types, names that no earlier cell had, and two numbers as the result. */
export function newCell(language: Language, n: number): string {
  return language === "typescript" ? typescriptCell(n) : pythonCell(n);
}

const typescriptCell = (n: number): string => `interface Point${n} { readonly x: number; readonly y: number }
type Named${n}<T> = { readonly name: string; readonly value: T };
class Store${n}<T> {
  private readonly items = new Map<string, T>();
  add(item: Named${n}<T>): this {
    this.items.set(item.name, item.value);
    return this;
  }
  size(): number {
    return this.items.size;
  }
}
function norm${n}({ x, y }: Point${n}): number {
  return Math.hypot(x, y);
}
const points${n}: Point${n}[] = Array.from({ length: 5 }, (_, i) => ({ x: i, y: i + ${n} }));
const store${n} = new Store${n}<number>();
points${n}.forEach((point, i) => store${n}.add({ name: "p" + i, value: norm${n}(point) }));
const sizes${n} = points${n}.map(norm${n}).filter((value) => value > 1);
[store${n}.size(), sizes${n}.length]`;

const pythonCell = (n: number): string => `import math
class Point${n}:
    def __init__(self, x: float, y: float):
        self.x = x
        self.y = y
class Store${n}:
    def __init__(self):
        self.items = {}
    def add(self, name: str, value: float) -> "Store${n}":
        self.items[name] = value
        return self
    def size(self) -> int:
        return len(self.items)
def norm${n}(point: Point${n}) -> float:
    return math.hypot(point.x, point.y)
points${n} = [Point${n}(i, i + ${n}) for i in range(5)]
store${n} = Store${n}()
[store${n}.add("p" + str(i), norm${n}(point)) for i, point in enumerate(points${n})]
sizes${n} = [value for value in map(norm${n}, points${n}) if value > 1]
[store${n}.size(), len(sizes${n})]`;

/** What is completed and inspected: a method of an array that the last new cell made. */
export const memberOf = (
  language: Language,
  n: number,
): { readonly prefix: string; readonly whole: string } =>
  language === "typescript"
    ? { prefix: `sizes${n}.fla`, whole: `sizes${n}.flat` }
    : { prefix: `sizes${n}.rev`, whole: `sizes${n}.reverse` };

export const LINES = 10_000;

export const printLines = (language: Language): string =>
  language === "typescript"
    ? `for (let i = 0; i < ${LINES}; i++) console.log("line " + i);`
    : `for i in range(${LINES}):\n    print("line", i)`;

export const DISPLAYS = { count: 10, bytes: 10_000_000 } as const;

/** One text of 10 MB each time, of the digit `i`. */
export const bigText = (language: Language, i: number): string =>
  language === "typescript" ? `"${i}".repeat(${DISPLAYS.bytes})` : `"${i}" * ${DISPLAYS.bytes}`;
