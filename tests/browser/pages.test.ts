import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { faults } from "./accessibility.js";
import { notebook, openNotebook, picture, runAll, until, withLab } from "./lab-fixture.js";

const LESSON = notebook(
  [
    { markdown: "# Tokens" },
    `import { lineChart, table } from "gradlab";
table([{ a: 1, b: 2 }, { a: 3, b: 4 }], { title: "Numbers" })`,
    `lineChart({ title: "Loss", series: [{ name: "train", y: [3, 2, 1] }] })`,
    { markdown: "## Check" },
    `if (1 + 1 !== 2) throw new Error("no");`,
  ],
  { gradlab: { track: "Foundations", minutes: 12, goals: ["Cut text into tokens"] } },
);

test("the welcome page leads into the course, the panel shows what is passed; both are accessible", async (t) => {
  await withLab(t, { "tutorials/01-tokens.ipynb": LESSON }, async (lab) => {
    const page = await lab.open("/lab");
    const welcome = page.locator(".gradlab-Welcome");
    await welcome.locator("text=12 min").waitFor();
    assert.match(
      await welcome.innerText(),
      /Foundations[\s\S]*Tokens[\s\S]*0 of 1 check passed[\s\S]*Cut text into tokens/,
    );
    assert.deepEqual(await faults(page, ".gradlab-Welcome"), []);
    await picture(page, "welcome");
    await welcome.locator('li button:has-text("Tokens")').click();
    await page.waitForSelector('.jp-NotebookPanel [data-status="idle"]');
    await page.click('li[title^="Course"]');
    const panel = page.locator(".gradlab-Course");
    await panel.locator('[aria-label="not run yet"]').waitFor();
    await panel.locator('button:has-text("Run")').click();
    await panel.locator('[aria-label="passed"]').waitFor({ state: "attached" });
    assert.match(await panel.innerText(), /Lessons \(1 of 1 done\)/);
    assert.deepEqual(await faults(page, ".gradlab-Course"), []);
    await picture(page, "course");
  });
});

test("charts and tables are accessible, in the light and in the dark theme", async (t) => {
  await withLab(t, { "lesson.ipynb": LESSON }, async (lab) => {
    const page = await openNotebook(lab, "lesson.ipynb");
    await runAll(page);
    await page.waitForSelector(".gradlab-Plotly .main-svg");
    assert.deepEqual(await faults(page, ".gradlab-Table", ".gradlab-Plotly"), []);
  });
});

test("the Notebook 7 files page lists, opens a folder and makes a notebook", async (t) => {
  await withLab(t, { "tutorials/01-tokens.ipynb": LESSON }, async (lab) => {
    const page = await lab.open("/tree");
    await page.waitForSelector('.jp-DirListing-item:has-text("tutorials")');
    await page.dblclick('.jp-DirListing-item:has-text("tutorials")');
    await page.waitForSelector('.jp-DirListing-item:has-text("01-tokens")');
    await picture(page, "tree");

    // what the user wrote is validated, as in JupyterLab
    const settings = join(
      dirname(lab.root),
      "config",
      "user-settings",
      "@jupyterlab",
      "docmanager-extension",
    );
    mkdirSync(settings, { recursive: true });
    writeFileSync(join(settings, "plugin.jupyterlab-settings"), '{ "autosaveInterval": "often" }');
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    await page.reload();
    await until(() => said.some((text) => text.includes("{type} must be number")), "the setting is refused");
    assert.match(said.join("\n"), /Validating @jupyterlab\/docmanager-extension:plugin failed/);
  });
});
