import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { faults } from "./accessibility.js";
import {
  notebook,
  openNotebook,
  outputOf,
  picture,
  runAll,
  startAll,
  useDarkTheme,
  withLab,
} from "./lab-fixture.js";

const MODEL = `import { createModel, Job, ModelFineTuner, Tokenizer } from "gradlab";
const words = ["red", "green", "blue", "one", "two", "cat", "dog", "stone"];
const rows = Array.from({ length: 96 }, (_, i) => {
  const word = words[(i * 7) % words.length];
  return { prompt: "say " + word + " :", completion: " " + word + " " + word };
});
const tokenizer = Tokenizer.train(rows.map(({ prompt, completion }) => prompt + completion), { vocabSize: 320 });
const model = createModel({
  model_type: "llama", vocab_size: tokenizer.vocabSize, hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2,
  num_attention_heads: 2, num_key_value_heads: 1, max_position_embeddings: 64, tie_word_embeddings: true,
  hidden_act: "silu", eos_token_id: tokenizer.eosId,
}, { seed: 3, id: "tiny", tokenizer });`;

/** Runs until it is stopped. */
const TRAIN = `await new ModelFineTuner({ baseModel: model, trainingData: rows, evalData: { fraction: 0.2 }, outputDir: "out" })
  .run({ maxSteps: 1_000_000, batchSize: 8, evalEvery: 40, learningRate: 1e-3 });`;

const panelOf = (page: Page): Locator => page.locator(".gradlab-Training");
const cardOf = (page: Page): Locator => panelOf(page).locator(".gradlab-Training-job");

async function factOf(card: Locator, name: string): Promise<string> {
  return await card.locator(`dt:text-is("${name}") + dd`).innerText();
}

const stepOf = async (card: Locator): Promise<number> =>
  Number.parseInt((await factOf(card, "Step")).replaceAll(",", ""), 10);

/** Waits until the job has done more steps than `from`. */
async function moreSteps(card: Locator, from: number): Promise<void> {
  await card.page().waitForFunction(
    ([least]) => {
      const name = [...document.querySelectorAll(".gradlab-Training dt")].find(
        ({ textContent }) => textContent === "Step",
      );
      return Number.parseInt(name?.nextElementSibling?.textContent?.replaceAll(",", "") ?? "", 10) > least;
    },
    [from],
  );
}

/** By the status bar, which is there while a job runs. */
async function openPanel(page: Page): Promise<void> {
  await page.locator(".gradlab-TrainingStatus button").click();
  await panelOf(page).waitFor();
}

test("a run is followed, paused, resumed, found again after a reload and stopped in the training panel", async (t) => {
  await withLab(t, { "train.ipynb": notebook([MODEL, TRAIN]) }, async (lab) => {
    const page = await openNotebook(lab, "train.ipynb");
    const usage = page.locator(".gradlab-Usage");
    await usage.locator("text=/^\\d+ MB$/").waitFor();
    assert.equal(await page.locator(".gradlab-TrainingStatus").isVisible(), false);
    await startAll(page);
    await page.locator('.gradlab-TrainingStatus:has-text("fine-tune running")').waitFor();
    assert.equal(await panelOf(page).isVisible(), false, "the panel opens only when it is asked for");
    await page.locator(".lm-TabBar-tab.gradlab-mod-training").waitFor();
    await openPanel(page);
    const card = cardOf(page);
    await moreSteps(card, 60);
    const chart = card.locator("svg[role=img]");
    assert.match(
      (await chart.getAttribute("aria-label")) ?? "",
      /^training loss from .* at step 1 to .*held-out/,
    );
    const points = (await chart.locator("polyline.gradlab-loss").getAttribute("points")) ?? "";
    assert.ok(points.split(" ").length > 20, points);
    assert.match(await card.innerText(), /fine-tune tiny[\s\S]*running[\s\S]*cell 2/);
    assert.match(await factOf(card, "Memory"), /^\d+ MB$/);
    assert.ok((await factOf(card, "Tokens/s")) !== "0");
    assert.match(await factOf(card, "Time left"), /\d+ (s|min)/);

    await card.getByRole("button", { name: "Pause fine-tune tiny" }).click();
    await card.locator('.gradlab-status:text-is("paused")').waitFor();
    const held = await stepOf(card);
    await page.waitForTimeout(1000);
    assert.equal(await stepOf(card), held);
    // what was asked of the job is no end of its cell
    assert.equal(
      await page.locator(".jp-NotebookPanel [data-status]").first().getAttribute("data-status"),
      "busy",
    );
    assert.deepEqual(
      await faults(page, ".gradlab-Training", ".gradlab-TrainingStatus", ".gradlab-Usage"),
      [],
    );
    await picture(page, "training-light");
    await card.getByRole("button", { name: "Resume fine-tune tiny" }).click();
    await card.locator('.gradlab-status:text-is("running")').waitFor();
    await moreSteps(card, held);

    await page.reload();
    await page.waitForSelector(".jp-NotebookPanel .jp-Cell");
    await openPanel(page);
    await moreSteps(card, held);
    assert.match((await chart.getAttribute("aria-label")) ?? "", /^training loss from .* at step \d{1,2} to/);
    await useDarkTheme(page);
    assert.deepEqual(
      await faults(page, ".gradlab-Training", ".gradlab-TrainingStatus", ".gradlab-Usage"),
      [],
    );
    await picture(page, "training-dark");

    await card.getByRole("button", { name: "Stop fine-tune tiny" }).click();
    await card.locator('.gradlab-status:text-is("stopped")').waitFor();
    assert.match(await card.innerText(), /Stop was pressed in the training panel\. \(E_CANCELLED\)/);
    assert.equal(await card.getByRole("button").count(), 0);
    await page.locator(".gradlab-TrainingStatus").waitFor({ state: "hidden" });
    await page.locator('.jp-Cell-outputWrapper:has-text("E_CANCELLED")').waitFor();
    assert.match(await outputOf(page, 1), /E_CANCELLED: The job was stopped: Stop was pressed/);
    await usage.locator("text=/^CPU · \\d/").waitFor();
    assert.match(
      (await usage.getAttribute("title")) ?? "",
      /Device: cpu[\s\S]*engine onnx[\s\S]*Memory: \d+/,
    );
    await picture(page, "training-stopped");
  });
});

const TWO = `import { GradlabError, Job } from "gradlab";
const count = (name: string) => new Job<void, any>(async ({ emit, pausePoint }) => {
  for (let step = 1; step <= 1e6; step++) {
    await pausePoint();
    emit({ type: "step", step, totalSteps: 1e6, loss: 1 / step });
    await new Promise((done) => setTimeout(done, 5));
  }
}, { kind: "count", name });
const [a, b] = [count("a"), count("b")];
const bad = new Job<void, any>(async () => {
  throw new GradlabError("E_NAN_LOSS", "The loss became NaN at step 7.", { hint: "Lower learningRate." });
}, { kind: "fail", name: "bad" });
await bad.result().catch(() => undefined);`;

test("several jobs have a card each; buttons work by keyboard; a restart ends what runs", async (t) => {
  await withLab(t, { "jobs.ipynb": notebook([TWO]) }, async (lab) => {
    const page = await openNotebook(lab, "jobs.ipynb");
    await runAll(page);
    await page.locator('.gradlab-TrainingStatus:has-text("2 jobs")').waitFor();
    await openPanel(page);
    const card = (name: string): Locator =>
      cardOf(page).filter({ has: page.getByRole("heading", { name, exact: true }) });
    assert.match(
      await card("fail bad").innerText(),
      /failed[\s\S]*The loss became NaN at step 7\. \(E_NAN_LOSS\)\s+Lower learningRate\./,
    );
    await card("count a").getByRole("button", { name: "Pause count a" }).focus();
    await page.keyboard.press("Enter");
    await card("count a").locator('.gradlab-status:text-is("paused")').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Resume");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.ariaLabel), "Stop count a");
    await page.keyboard.press("Space");
    await card("count a").locator('.gradlab-status:text-is("stopped")').waitFor();
    await page
      .locator('.gradlab-Training [aria-live="polite"]:has-text("count a stopped")')
      .waitFor({ state: "attached" });
    assert.equal(await card("count b").locator(".gradlab-status").innerText(), "running");
    await picture(page, "training-several");
    await page.click('.lm-MenuBar-itemLabel:text-is("Kernel")');
    await page.click('.lm-Menu-itemLabel:text-is("Restart Kernel…")');
    await page.click(".jp-Dialog button.jp-mod-accept");
    await card("count b").locator('.gradlab-status:text-is("failed")').waitFor();
    assert.match(await card("count b").innerText(), /The kernel's process ended, and the job with it\./);
    await runAll(page);
    await page.locator('.gradlab-TrainingStatus:has-text("2 jobs")').waitFor();
  });
});

test("a notebook page has the panel, and beside its menus what runs and where the kernel computes", async (t) => {
  await withLab(t, { "jobs.ipynb": notebook([TWO]) }, async (lab) => {
    const page = await openNotebook(lab, "jobs.ipynb", "/notebooks/");
    assert.equal(await page.locator(".gradlab-TrainingStatus").isVisible(), false);
    await page.locator(".gradlab-Usage >> text=/\\d+ MB$/").waitFor();
    await runAll(page);
    await page.locator('.gradlab-TrainingStatus:has-text("2 jobs")').waitFor();
    assert.equal(await panelOf(page).isVisible(), false, "the panel opens only when it is asked for");
    await openPanel(page);
    const card = cardOf(page).filter({ hasText: "count a" });
    await card.getByRole("button", { name: "Pause count a" }).click();
    await card.locator('.gradlab-status:text-is("paused")').waitFor();
    const ours = [".gradlab-Training", ".gradlab-TrainingStatus", ".gradlab-Usage"];
    assert.deepEqual(await faults(page, ...ours), []);
    await picture(page, "notebook-training");
    await useDarkTheme(page);
    assert.deepEqual(await faults(page, ...ours), []);
    await picture(page, "notebook-training-dark");
    await card.getByRole("button", { name: "Stop count a" }).click();
    await card.locator('.gradlab-status:text-is("stopped")').waitFor();
  });
});

test("when the process that runs cells is lost, its jobs are, and the next ones show again", async (t) => {
  const files = { "jobs.ipynb": notebook([TWO, `process.kill(process.pid, "SIGKILL")`]) };
  await withLab(t, files, async (lab) => {
    const page = await openNotebook(lab, "jobs.ipynb");
    await page.locator(".jp-CodeCell .cm-content").first().click();
    await page.keyboard.press("Shift+Enter");
    await page.locator('.gradlab-TrainingStatus:has-text("2 jobs")').waitFor();
    await openPanel(page);
    await page.locator(".jp-CodeCell .cm-content").nth(1).click();
    await page.keyboard.press("Control+Enter");
    const lost = cardOf(page).filter({ hasText: "The kernel's process ended, and the job with it." });
    await lost.nth(1).waitFor();
    await page.locator(".jp-CodeCell .cm-content").first().click();
    await page.keyboard.press("Shift+Enter");
    await page.locator('.gradlab-TrainingStatus:has-text("2 jobs")').waitFor();
    assert.equal(await cardOf(page).locator('.gradlab-status:text-is("running")').count(), 2);
  });
});
