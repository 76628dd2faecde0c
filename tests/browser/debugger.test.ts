import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { notebook, openNotebook, outputOf, picture, withLab } from "./lab-fixture.js";

const CELLS = [
  `function area(width: number, height: number): number {
  const product = width * height;
  return product;
}`,
  `const rows = [[1, 2], [3, 4]];
let total = 0;
for (const [width, height] of rows) {
  total += area(width, height);
}
total`,
];

async function runCell(page: Page, cell: number): Promise<void> {
  await page.locator(".jp-CodeCell").nth(cell).locator(".cm-content").click();
  await page.keyboard.press("Control+Enter");
}

/** A click beside a line of a cell, where breakpoints stand. */
async function clickGutter(page: Page, cell: number, line: number): Promise<void> {
  const numbers = page.locator(".jp-CodeCell").nth(cell).locator(".cm-lineNumbers .cm-gutterElement");
  const { y, height } = (await numbers.filter({ hasText: new RegExp(`^${line}$`) }).boundingBox())!;
  const gutter = page.locator(".jp-CodeCell").nth(cell).locator(".cm-gutter.cm-breakpoint-gutter");
  const box = (await gutter.boundingBox())!;
  await page.mouse.click(box.x + box.width / 2, y + height / 2);
}

const variable = (page: Page, name: string) =>
  page.locator(".jp-DebuggerVariables-body .jp-TreeItem", {
    has: page.locator(".jp-DebuggerVariables-name", { hasText: new RegExp(`^${name}$`) }),
  });

/** The bug in the toolbar. A click before the page knows that the kernel has a debugger is lost, as any user notices. */
async function turnOn(page: Page): Promise<void> {
  const button = page.locator(".jp-DebuggerBugButton");
  for (let tries = 0; tries < 10; tries++) {
    if ((await button.getAttribute("aria-pressed")) !== "true") await button.click();
    const on = page.locator('.jp-NotebookPanel[data-jp-debugger="true"]');
    if (
      await on.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      )
    )
      return;
  }
  throw new Error("the debugger did not go on");
}

const ran = (page: Page, cell: number): Promise<unknown> =>
  page.waitForFunction(
    (at) => /\[\d+\]/.test(document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")[at]?.textContent ?? ""),
    cell,
  );

/** Waits until the line at which the cell stands has this text. */
const standsAt = (page: Page, text: string): Promise<void> =>
  page.locator(".jp-DebuggerEditor-highlight", { hasText: text }).waitFor();

test("a breakpoint set by the gutter stops a cell; its variables show, it steps and goes on to its end", async (t) => {
  await withLab(t, { "debug.ipynb": notebook(CELLS) }, async (lab) => {
    const page = await openNotebook(lab, "debug.ipynb");
    await turnOn(page);
    await runCell(page, 0);
    await ran(page, 0);
    await clickGutter(page, 0, 2);
    await page.locator(".jp-DebuggerBreakpoint").first().waitFor();
    await runCell(page, 1);
    await standsAt(page, "const product");
    await variable(page, "width").filter({ hasText: "1" }).first().waitFor();
    await variable(page, "height").filter({ hasText: "2" }).first().waitFor();
    await picture(page, "debugger-stopped");

    await page.keyboard.press("F10");
    await standsAt(page, "return product");
    await variable(page, "product").filter({ hasText: "2" }).first().waitFor();
    await picture(page, "debugger-stepped");

    // the breakpoint holds for the second row, then the cell runs to its end
    await page.keyboard.press("F9");
    await standsAt(page, "const product");
    await variable(page, "width").filter({ hasText: "3" }).first().waitFor();
    await page.keyboard.press("F9");
    await ran(page, 1);
    assert.match(await outputOf(page, 1), /14/);
    assert.equal(await page.locator(".jp-DebuggerEditor-highlight").count(), 0);
  });
});
