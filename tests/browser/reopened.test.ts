import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { type Lab, notebook, openNotebook, outputOf, picture, until, withLab } from "./lab-fixture.js";

/** Prints and draws as training does, until the file `stop` is there: the test says how long. */
const TRAINING = `import { existsSync } from "node:fs";
import { liveChart } from "gradlab";
const chart = liveChart({ title: "Loss" });
for (let step = 1; !existsSync("stop"); step++) {
  chart.add("train", step, 1 / step);
  console.log("step", step);
  await new Promise((resolve) => setTimeout(resolve, 100));
}
chart.done();
console.log("trained");`;

/** Waits until the first cell has printed a step of at least this number. */
async function waitForStep(page: Page, least: number): Promise<void> {
  await page.waitForFunction((number) => {
    const text = document.querySelector(".jp-CodeCell .jp-Cell-outputWrapper")?.textContent ?? "";
    return [...text.matchAll(/step (\d+)/g)].some(([, step]) => Number(step) >= number);
  }, least);
}

/** Opens the notebook, runs the cell, and closes the page when it has printed. */
async function startTraining(lab: Lab, whileClosing = (): void => undefined): Promise<void> {
  const page = await openNotebook(lab, "train.ipynb");
  await page.locator(".jp-CodeCell .cm-content").first().click();
  await page.keyboard.press("Control+Enter");
  await waitForStep(page, 3);
  const closed = page.context().close();
  whileClosing();
  await closed;
}

/** The numbers after "step" in what the cell printed. */
async function stepsOf(page: Page): Promise<number[]> {
  return [...(await outputOf(page, 0)).matchAll(/step (\d+)/g)].map(([, step]) => Number(step));
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

test("a page that is opened while a cell of an earlier page runs shows its outputs live", async (t) => {
  await withLab(t, { "train.ipynb": notebook([TRAINING, "1 + 1"]) }, async (lab) => {
    await startTraining(lab);
    const page = await openNotebookWhileBusy(lab);
    await waitForStep(page, 1);
    const seen = (await stepsOf(page)).at(-1)!;
    await waitForStep(page, seen + 5);
    await page.waitForSelector(".gradlab-Plotly .main-svg");
    assert.match(await page.locator(".jp-CodeCell .jp-InputPrompt").first().innerText(), /\[\*\]/);
    await picture(page, "reopened-live");

    writeFileSync(join(lab.root, "stop"), "");
    await page.locator(".jp-OutputArea-output", { hasText: "trained" }).waitFor();
    await page.waitForSelector('.jp-NotebookPanel [data-status="idle"]');
    assert.match(await page.locator(".jp-CodeCell .jp-InputPrompt").first().innerText(), /\[1\]/);
    const steps = await stepsOf(page);
    assert.deepEqual(steps, upTo(steps.length), "every step once, in order");
    assert.equal(await page.locator(".gradlab-Plotly").count(), 1);
    await page.keyboard.press("Control+S");
    await page.waitForFunction(() => document.querySelector(".jp-mod-dirty") === null);
    assert.equal(await page.locator(".jp-Dialog").count(), 0);
  });
});

test("a page that is opened after a cell of an earlier page ended shows all of its outputs", async (t) => {
  await withLab(t, { "train.ipynb": notebook([TRAINING, "1 + 1"]) }, async (lab) => {
    await startTraining(lab);
    writeFileSync(join(lab.root, "stop"), "");
    const stored = (): boolean => /"trained\\n"/.test(readFileSync(join(lab.root, "train.ipynb"), "utf8"));
    await until(stored, "the server stores the outputs of a cell that ended without a page");

    const page = await openNotebook(lab, "train.ipynb");
    await page.locator(".jp-OutputArea-output", { hasText: "trained" }).waitFor();
    const steps = await stepsOf(page);
    assert.ok(steps.length >= 3);
    assert.deepEqual(steps, upTo(steps.length), "every step once, in order");
    await page.waitForSelector(".gradlab-Plotly .main-svg");
    assert.match(await page.locator(".jp-CodeCell .jp-InputPrompt").first().innerText(), /\[1\]/);
    await picture(page, "reopened-ended");
  });
});

test("no output is lost when a cell ends in the moment in which its page is closed", async (t) => {
  await withLab(t, { "train.ipynb": notebook([TRAINING, "1 + 1"]) }, async (lab) => {
    const stop = (): void => writeFileSync(join(lab.root, "stop"), "");
    await startTraining(lab, stop);
    const page = await openNotebook(lab, "train.ipynb");
    await page.locator(".jp-OutputArea-output", { hasText: "trained" }).waitFor();
    const steps = await stepsOf(page);
    assert.deepEqual(steps, upTo(steps.length), "every step once, in order");
  });
});

async function openNotebookWhileBusy(lab: Lab): Promise<Page> {
  const page = await lab.open("/lab/tree/train.ipynb");
  await page.waitForSelector('.jp-NotebookPanel [data-status="busy"]');
  return page;
}
