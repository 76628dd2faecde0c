import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../source-files.js";
import { openNotebook, outputOf, picture, withLab } from "./lab-fixture.js";

const QUICKSTART = "tutorials/00-quickstart.ipynb";
/** A minute or two of training on two cores; much more is a hang. */
const PATIENCE = 600_000;

test("Restart and Run All runs the quickstart to its last check, with its charts", async (t) => {
  const files = { [QUICKSTART]: readFileSync(join(ROOT, QUICKSTART), "utf8") };
  await withLab(t, files, async (lab) => {
    cpSync(join(ROOT, "datasets", "medical-glosses"), join(lab.root, "datasets", "medical-glosses"), {
      recursive: true,
    });
    const page = await openNotebook(lab, QUICKSTART);
    await page.click('.lm-MenuBar-itemLabel:text-is("Kernel")');
    await page.click('.lm-Menu-itemLabel:text-is("Restart Kernel and Run All Cells…")');
    await page.click('.jp-Dialog button:has-text("Restart")');
    await page.waitForSelector(".gradlab-Plotly .main-svg", { timeout: PATIENCE });
    await picture(page, "quickstart-chart");
    await page
      .locator(".jp-OutputArea-output", { hasText: /All checks passed\.|Error/ })
      .first()
      .waitFor({ timeout: PATIENCE });
    const last = (await page.locator(".jp-CodeCell").count()) - 1;
    assert.match(await outputOf(page, last), /All checks passed\./);
    await picture(page, "quickstart-end");
  });
});
