import assert from "node:assert/strict";
import { test } from "node:test";
import { notebook, openNotebook, outputOf, picture, runAll, withLab } from "./lab-fixture.js";

const CELLS = [
  `import { IntSlider } from "gradlab-kernel/widgets";
const slider = new IntSlider({ description: "epochs", min: 0, max: 10, value: 3 });
slider`,
  `slider.value`,
];

test("moving a slider moves its value in the kernel, and the kernel moves the slider", async (t) => {
  await withLab(t, { "widgets.ipynb": notebook([...CELLS, "slider.value = 9; 0"]) }, async (lab) => {
    const page = await openNotebook(lab, "widgets.ipynb");
    const code = (cell: number) => page.locator(".jp-CodeCell").nth(cell).locator(".cm-content");
    await code(0).click();
    await page.keyboard.press("Shift+Enter");
    const handle = page.locator(".widget-slider .noUi-handle");
    await handle.waitFor();
    await handle.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.querySelector(".widget-readout")?.textContent === "6");
    await code(1).click();
    await page.keyboard.press("Shift+Enter");
    await page.waitForFunction(() =>
      /\[\d+\]/.test(document.querySelectorAll(".jp-CodeCell")[1]?.textContent ?? ""),
    );
    assert.match(await outputOf(page, 1), /6/);
    await code(2).click();
    await page.keyboard.press("Control+Enter");
    await page.waitForFunction(() => document.querySelector(".widget-readout")?.textContent === "9");
    await picture(page, "widgets");
  });
});

test("widgets show on the Notebook 7 page", async (t) => {
  await withLab(t, { "widgets.ipynb": notebook(CELLS) }, async (lab) => {
    const page = await openNotebook(lab, "widgets.ipynb", "/notebooks/");
    await runAll(page);
    await page.waitForSelector(".widget-slider .noUi-handle");
  });
});
