import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { notebook, openNotebook, picture, withLab } from "./lab-fixture.js";

const CELLS = [
  `/** Doubles a number. */
function double(value: number): number { return value * 2; }
interface Point { across: number; down: number }`,
  `const point: Point = { across: 1, down: 2 };
const wrong: string = double(4);`,
];

async function typeAtEnd(page: Page, cell: number, text: string): Promise<void> {
  await page.locator(".jp-CodeCell").nth(cell).locator(".cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(text, { delay: 30 });
}

/** The middle of a word in a code cell's editor. */
async function placeOf(page: Page, cell: number, word: string): Promise<{ x: number; y: number }> {
  return await page
    .locator(".jp-CodeCell")
    .nth(cell)
    .locator(".cm-content")
    .evaluate((content, text) => {
      const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const at = node.textContent?.indexOf(text) ?? -1;
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + text.length);
        const { x, y, width, height } = range.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };
      }
      throw new Error(`${text} is not there`);
    }, word);
}

for (const [name, at] of [
  ["JupyterLab", "/lab/tree/"],
  ["Notebook 7", "/notebooks/"],
] as const) {
  test(`${name}: problems, hover, signatures and completion across cells that never ran`, async (t) => {
    await withLab(t, { "typed.ipynb": notebook(CELLS) }, async (lab) => {
      const page = await openNotebook(lab, "typed.ipynb", at);
      const cell = (index: number) => page.locator(".jp-CodeCell").nth(index);

      // Before anything ran: the type error of the second cell is marked.
      await cell(1).locator(".cm-lintRange-error").waitFor();
      assert.equal(await cell(1).locator(".cm-lintRange-error").first().innerText(), "wrong");
      await cell(1).locator(".cm-lintRange-error").first().hover();
      await page
        .locator(".cm-tooltip", { hasText: "'number' is not assignable to type 'string'" })
        .first()
        .waitFor();

      await page.mouse.move(0, 0);
      const called = await placeOf(page, 1, "double");
      await page.mouse.move(called.x, called.y, { steps: 4 });
      const hover = page.locator(".gradlab-Language-tooltip", { hasText: "Doubles a number." });
      await hover.first().waitFor();
      assert.match(await hover.first().innerText(), /function double\(value: number\): number/);
      await picture(page, "language-hover");
      await page.mouse.move(0, 0);

      await typeAtEnd(page, 1, "\ndouble(");
      await page.locator(".gradlab-Language-signature strong", { hasText: "value: number" }).waitFor();
      await page.keyboard.type("point.", { delay: 30 });
      await page.locator(".jp-Completer-item", { hasText: "across" }).waitFor();
      await page.locator(".jp-Completer-item", { hasText: "down" }).waitFor();
      await picture(page, "language-completion");
    });
  });
}
