import assert from "node:assert/strict";
import { test } from "node:test";
import { notebook, openNotebook, outputOf, picture, runAll, useDarkTheme, withLab } from "./lab-fixture.js";

const CELLS = [
  { markdown: "# Outputs\n\n$E = mc^2$" },
  `import { lineChart, table } from "gradlab";
lineChart({ title: "Loss", series: [{ name: "train", y: [3, 2, 1] }] })`,
  `table(Array.from({ length: 57 }, (_, i) => ({ i, word: "w" + i, loss: -i })), { title: "Words" })`,
  `console.log("answer", 6 * 7)`,
];

for (const [name, at] of [
  ["JupyterLab", "/lab/tree/"],
  ["Notebook 7", "/notebooks/"],
] as const) {
  test(`${name}: cells run; charts, tables and formulas show`, async (t) => {
    await withLab(t, { "outputs.ipynb": notebook(CELLS) }, async (lab) => {
      const page = await openNotebook(lab, "outputs.ipynb", at);
      await runAll(page);
      await page.waitForSelector(".gradlab-Plotly .main-svg");
      await page.waitForSelector(".jp-MarkdownOutput mjx-container");
      assert.match(await outputOf(page, 2), /answer 42/);

      const table = page.locator(".gradlab-Table");
      const first = (): Promise<string> => table.locator("tbody tr").first().innerText();
      assert.match(await first(), /^0\s+w0/);
      assert.match(await table.innerText(), /1–20 of 57 rows/);
      await table.locator('button:has-text("loss")').click();
      assert.match(await first(), /^56\s+w56\s+-56/);
      assert.equal(await table.locator("th[aria-sort]").getAttribute("aria-sort"), "ascending");
      await table.getByLabel("next page").click();
      assert.match(await table.innerText(), /21–40 of 57 rows/);
      await picture(page, `outputs-${name.replace(" ", "")}`);
    });
  });
}

test("a chart takes the dark theme's colours when the theme changes", async (t) => {
  await withLab(t, { "outputs.ipynb": notebook(CELLS) }, async (lab) => {
    const page = await openNotebook(lab, "outputs.ipynb");
    await runAll(page);
    const title = page.locator(".gradlab-Plotly .gtitle").first();
    const color = (): Promise<string> => title.evaluate((node) => getComputedStyle(node).fill);
    const light = await color();
    await useDarkTheme(page);
    await page.waitForFunction(
      ([before]) => {
        const node = document.querySelector(".gradlab-Plotly .gtitle");
        return node !== null && getComputedStyle(node).fill !== before;
      },
      [light],
    );
    await picture(page, "dark");
  });
});

test("the script of a notebook that is not trusted does not run", async (t) => {
  const html =
    "<b>shown</b><script>window.hacked = true</script><img src='data:,' onerror='window.hacked = true'>";
  const output = { output_type: "display_data", metadata: {}, data: { "text/html": html, "text/plain": "" } };
  const files = { "foreign.ipynb": notebook([{ code: "1", outputs: [output] }]) };
  await withLab(t, files, async (lab) => {
    const page = await openNotebook(lab, "foreign.ipynb");
    await page.waitForSelector(".jp-OutputArea-output b");
    assert.equal(await page.evaluate(() => "hacked" in window), false);
    assert.equal(await page.locator(".jp-OutputArea-output script").count(), 0);
  });
});
