import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { kernelFor, show, value } from "./kernel-fixture.js";

/** ms in which the kernel, left alone, makes files for the next cells (kernel/src/checker/cell-slots.ts). */
const QUIET = 2500;

for (const pause of [0, QUIET]) {
  test(`every kind of name is known to later cells, ${pause === 0 ? "one after the other" : "after a pause"}`, async (t) => {
    const kernel = await kernelFor(t, { typeCheck: "block" });
    await value(kernel, "1");
    await delay(pause);
    await value(
      kernel,
      `interface Point { x: number }
class Stack<T> { items: T[] = []; push(item: T): this { this.items.push(item); return this } }
enum Side { Left, Right }
const enum Flag { On = 1 }
namespace Geometry { export const zero: Point = { x: 0 } }
abstract class Base { abstract area(): number }
type Named<T> = { name: string; value: T }
let count = 1
function twice(n: number): number { return 2 * n }
async function later(): Promise<string> { return "later" }
const { a, b: [c] } = { a: 1, b: ["two"] }`,
    );
    await value(kernel, "count = twice(count); count += 1; const text: string = c; const n: number = a");
    assert.equal(
      await value(
        kernel,
        `class Square extends Base { constructor(readonly p: Point) { super() } area(): number { return this.p.x ** 2 } }
const named: Named<Side> = { name: await later(), value: Side.Right };
[new Square({ x: 3 }).area(), new Stack<Point>().push(Geometry.zero).items.length, named.name, Flag.On, count]`,
      ),
      "[ 9, 1, 'later', 1, 3 ]",
    );
    const refused = async (code: string): Promise<string> => (await show(kernel, code)).reply.evalue ?? "";
    assert.match(await refused("const wrong: Point = { x: 'no' }"), /TS2322/);
    assert.match(await refused("twice('no')"), /TS2345/);
    assert.match(await refused("count = 'no'"), /TS2322/);
    assert.match(await refused("new Stack<Point>().push(1)"), /TS2345/);
    await value(kernel, "const jsx = 1; const generic = <T>(x: T): T => x");
    assert.match(await refused("const element: number = <b>text</b>"), /\S/);
    assert.match(await refused("jsx = 2"), /TS2588/);
    assert.equal(await value(kernel, "[jsx, generic('x').length]"), "[ 1, 1 ]");
    assert.match(await refused("const last: string = $_"), /TS2322/);
    assert.equal(await value(kernel, "$_.length"), "2");
  });
}

test("a name that is declared again and again keeps its last type, and the files of old cells are used again", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "block" });
  await value(kernel, "1");
  await delay(QUIET);
  for (let i = 0; i < 40; i += 1) {
    const type = i % 2 === 0 ? "number" : "string";
    await value(kernel, `const again: ${type} = ${i % 2 === 0 ? i : `"${i}"`}`);
    await value(kernel, `const use${i % 3}: ${type} = again`);
  }
  assert.match((await show(kernel, "const x: number = again")).reply.evalue ?? "", /TS2322/);
  assert.equal(await value(kernel, "[use0, use1, use2]"), "[ '39', '37', 38 ]");
  const complete = async (code: string): Promise<string[]> =>
    (await kernel.request("complete_request", { code, cursor_pos: code.length })).content[
      "matches"
    ] as string[];
  assert.deepEqual(await complete("aga"), ["again"]);
  const dollars = await complete("$");
  assert.ok(dollars.includes("$_") && !dollars.some((name) => name.includes("gradlab")), dollars.join());
});
