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

const ACROSS = [
  `function halve(value: number): number {
  return value / 2;
}`,
  `const settings = { epochs: 3, batchSize: 16 };
const half = halve(settings.epochs);`,
  `if (half>1) {
console.log( half )
}`,
];

/** The number of the active cell and the line at the cursor. */
const whereIs = (page: Page): Promise<[number, string]> =>
  page.evaluate(() => {
    const cells = [...document.querySelectorAll(".jp-CodeCell")];
    const active = document.activeElement?.closest(".jp-CodeCell") ?? null;
    const selected = document.getSelection()?.anchorNode?.parentElement?.closest(".cm-line");
    return [active === null ? -1 : cells.indexOf(active), selected?.textContent ?? ""];
  });

async function untilAt(page: Page, cell: number, text: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const [at, line] = await whereIs(page);
    if (at === cell && line.includes(text)) return;
    await page.waitForTimeout(100);
  }
  assert.deepEqual(await whereIs(page), [cell, text]);
}

test("F12 and Ctrl-click go to a definition in another cell; Shift-Alt-F formats a cell", async (t) => {
  await withLab(t, { "across.ipynb": notebook(ACROSS) }, async (lab) => {
    const page = await openNotebook(lab, "across.ipynb");
    const place = async (cell: number, word: string): Promise<[number, number]> => {
      const { x, y } = await placeOf(page, cell, word);
      return [x, y];
    };
    // a hover that answers says that the language help is there
    await page.mouse.move(...(await place(1, "halve")), { steps: 4 });
    await page.locator(".gradlab-Language-tooltip", { hasText: "halve" }).first().waitFor();

    await page.mouse.click(...(await place(1, "halve")));
    await page.keyboard.press("F12");
    await untilAt(page, 0, "function halve");
    await picture(page, "language-definition");

    await page.keyboard.down("Control");
    await page.mouse.click(...(await place(2, "half")));
    await page.keyboard.up("Control");
    await untilAt(page, 1, "const half");

    const last = page.locator(".jp-CodeCell").nth(2).locator(".cm-content");
    await last.click();
    await page.keyboard.press("Shift+Alt+F");
    await page
      .locator(".jp-CodeCell")
      .nth(2)
      .locator(".cm-line", { hasText: /^if \(half > 1\) \{$/ })
      .waitFor();
    const lines = await page.locator(".jp-CodeCell").nth(2).locator(".cm-line").allTextContents();
    assert.match(lines[1] ?? "", /^ +console\.log\(half\);?$/);
  });
});

test("a completion is chosen from the list by the keyboard", async (t) => {
  await withLab(t, { "across.ipynb": notebook(ACROSS) }, async (lab) => {
    const page = await openNotebook(lab, "across.ipynb");
    await page.mouse.move(...(Object.values(await placeOf(page, 1, "halve")) as [number, number]), {
      steps: 4,
    });
    await page.locator(".gradlab-Language-tooltip", { hasText: "halve" }).first().waitFor();
    await page.mouse.move(0, 0);
    await typeAtEnd(page, 1, "\nsettings.");
    const active = page.locator(".jp-Completer-item.jp-mod-active");
    await active.waitFor();
    const before = await active.innerText();
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(
      (text) => document.querySelector<HTMLElement>(".jp-Completer-item.jp-mod-active")?.innerText !== text,
      before,
    );
    const chosen = /batchSize|epochs/.exec(await active.innerText())?.[0];
    assert.ok(chosen !== undefined);
    await page.keyboard.press("Enter");
    await page
      .locator(".jp-CodeCell")
      .nth(1)
      .locator(".cm-line", { hasText: new RegExp(`^settings\\.${chosen}$`) })
      .waitFor();
    assert.equal(await page.locator(".jp-Completer:not(.lm-mod-hidden)").count(), 0);
  });
});
