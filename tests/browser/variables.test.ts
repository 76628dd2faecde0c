import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { faults } from "./accessibility.js";
import { notebook, openNotebook, picture, runAll, withLab } from "./lab-fixture.js";

const CELLS = [
  `import { zeros } from "gradlab";
const weights = zeros([2, 3]);
const words = ["a", "b", "c"];
const rate = 0.5;
class Point { constructor(readonly x: number) {} }
const point = new Point(3);`,
  `const later = "there now";`,
];

const panel = (page: Page) => page.locator(".gradlab-Variables");
const row = (page: Page, name: string) =>
  panel(page).locator("tbody tr", { has: page.locator(`button[data-focus="open ${name}"]`) });
const names = (page: Page): Promise<string[]> =>
  panel(page).locator(".gradlab-Variables-name").allInnerTexts();

test("the variables panel lists what the notebook has after each cell, filters, and shows a value in full", async (t) => {
  await withLab(t, { "vars.ipynb": notebook(CELLS) }, async (lab) => {
    const page = await openNotebook(lab, "vars.ipynb");
    await page.locator(".jp-CodeCell .cm-content").first().click();
    await page.keyboard.press("Control+Enter");
    await page.click('li[title="Variables"]');
    // a panel opened while the cell still runs lists what has no value yet, until the cell has ended
    await row(page, "weights").filter({ hasText: "float32[2, 3]" }).waitFor();
    assert.match(await row(page, "rate").innerText(), /number\s+0\.5/);
    assert.match(await row(page, "point").innerText(), /Point\s+Point \{ x: 3 \}/);
    assert.deepEqual(await names(page), ["point", "Point", "rate", "weights", "words", "zeros"]);

    // a cell that runs later appears without being asked for
    await page.locator(".jp-CodeCell .cm-content").nth(1).click();
    await page.keyboard.press("Control+Enter");
    await row(page, "later").waitFor();
    await picture(page, "variables");

    await panel(page).getByLabel("Filter variables").fill("point");
    assert.deepEqual((await names(page)).sort(), ["Point", "point"]);
    await panel(page).getByLabel("Filter variables").fill("");

    // by the keyboard: down to the next name, Enter opens it
    await row(page, "weights").locator("button").focus();
    await page.keyboard.press("ArrowDown");
    const below = await page.evaluate(() => document.activeElement?.textContent);
    assert.equal(below, "words");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await panel(page).locator(".gradlab-Variables-full .gradlab-Tensor", { hasText: "0" }).waitFor();
    assert.equal(await row(page, "weights").locator("button").getAttribute("aria-expanded"), "true");
    assert.deepEqual(await faults(page, ".gradlab-Variables"), []);
    await picture(page, "variables-open");

    await page.click('.lm-MenuBar-itemLabel:text-is("Settings")');
    await page.hover('.lm-Menu-itemLabel:text-is("Theme")');
    await page.click('.lm-Menu-itemLabel:text-is("JupyterLab Dark")');
    await page.waitForSelector('body[data-jp-theme-light="false"]', { state: "attached" });
    assert.deepEqual(await faults(page, ".gradlab-Variables"), []);
    await picture(page, "variables-dark");
  });
});

test("the kernel is asked for variables only while the panel shows, and never while a cell runs", async (t) => {
  const slow = "await new Promise((resolve) => setTimeout(resolve, 1500)); let done = 1;";
  await withLab(t, { "vars.ipynb": notebook(["const first = 1;", slow]) }, async (lab) => {
    const page = await lab.open("/lab");
    let running = false;
    const asked: boolean[] = [];
    page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => {
        const text = payload.toString();
        if (text.includes("execute_request")) running = true;
        if (text.includes("inspectVariables")) asked.push(running);
      });
      socket.on("framereceived", ({ payload }) => {
        if (payload.toString().includes("execute_reply")) running = false;
      });
    });
    await page.locator('.jp-DirListing-item:has-text("vars.ipynb")').dblclick();
    await page.waitForSelector('.jp-NotebookPanel [data-status="idle"]');
    await runAll(page);
    assert.deepEqual(asked, []);
    await page.click('li[title="Variables"]');
    await row(page, "done").waitFor();
    await runAll(page);
    await page.locator(".jp-CodeCell .jp-InputPrompt", { hasText: "[4]" }).waitFor();
    await page.waitForTimeout(500);
    assert.ok(asked.length >= 2, "asked when the panel was opened, and after the cells");
    assert.ok(
      asked.every((ran) => !ran),
      "never while a cell ran",
    );
  });
});
