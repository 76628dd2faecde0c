import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { notebook, openNotebook, outputOf, picture, runAll, settle, withLab } from "./lab-fixture.js";

/** Types into a code cell in place of what it holds. */
async function retype(page: Page, cell: number, text: string): Promise<void> {
  await page.locator(".jp-CodeCell").nth(cell).locator(".cm-content").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(text);
}

const runCell = (page: Page): Promise<void> => page.keyboard.press("Control+Enter");

test("what is typed is saved and there after a reload; restarting forgets the variables", async (t) => {
  await withLab(t, { "work.ipynb": notebook(["1", "typeof kept"]) }, async (lab) => {
    const page = await openNotebook(lab, "work.ipynb");
    await retype(page, 0, "const kept = 5; kept * 2");
    await runAll(page);
    assert.match(await outputOf(page, 0), /10/);
    assert.match(await outputOf(page, 1), /number/);
    await page.keyboard.press("Control+S");
    await page.waitForFunction(() => document.querySelector(".jp-mod-dirty") === null);
    assert.match(readFileSync(join(lab.root, "work.ipynb"), "utf8"), /const kept = 5/);

    // the notebook is there although the workspace is never saved
    const workspaces = "**/lab/api/workspaces/*";
    await page.route(workspaces, (route) =>
      route.request().method() === "PUT" ? undefined : route.continue(),
    );
    let isHeld = true;
    await page.routeWebSocket(/\/channels/, (socket) => {
      socket.connectToServer().onMessage((message) => {
        if (!isHeld || !String(message).includes("kernel_info_reply")) socket.send(message);
      });
    });
    await page.reload();
    await page.waitForSelector('.jp-NotebookPanel [data-status="idle"]');
    await page.unroute(workspaces);
    assert.match(await page.locator(".jp-CodeCell").first().innerText(), /const kept = 5/);
    assert.match(await outputOf(page, 0), /10/);

    await page.click('.lm-MenuBar-itemLabel:text-is("Kernel")');
    await page.click('.lm-Menu-itemLabel:text-is("Restart Kernel…")');
    await page.click('.jp-Dialog button:has-text("Restart")');
    isHeld = false; // what the page had asked is canceled, which is no error
    await page.waitForSelector('.jp-NotebookPanel [data-status="idle"]');
    await page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click();
    await runCell(page);
    await page.waitForFunction(() =>
      /undefined/.test(document.querySelectorAll(".jp-CodeCell")[1]?.textContent ?? ""),
    );
  });
});

/** The kernel states that the page showed while `work` went on, and how long its first cell's [*] stood at most. */
async function watchStates(
  page: Page,
  work: () => Promise<void>,
): Promise<{ states: string[]; longestMs: number }> {
  await page.evaluate(() => {
    const shown = new Set<string>();
    let since: number | undefined;
    let longestMs = 0;
    const look = (): void => {
      for (const one of document.querySelectorAll(".jp-NotebookPanel [data-status], .jp-StatusBar-TextItem"))
        shown.add((one as HTMLElement).dataset["status"] ?? /Busy|Idle/.exec(one.textContent)?.[0] ?? "");
      const runs = document.querySelector(".jp-InputPrompt")?.textContent?.includes("*");
      if (runs) since ??= performance.now();
      else if (since !== undefined) longestMs = Math.max(longestMs, performance.now() - since);
      if (!runs) since = undefined;
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, {
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
    Object.assign(globalThis, {
      statesShown: () => (observer.disconnect(), { states: [...shown].filter(Boolean), longestMs }),
    });
  });
  await work();
  return page.evaluate(() =>
    (globalThis as unknown as { statesShown: () => { states: string[]; longestMs: number } }).statesShown(),
  );
}

/** Whether "busy" stays away from cells that end within its 100 ms; on a busy machine cells may take longer. */
async function shortCellsLeaveStatesAlone(t: TestContext, page: Page): Promise<void> {
  const takenMs: number[] = [];
  for (let count = 2; count < 2 + 10 * 3; count += 3) {
    const { states, longestMs } = await watchStates(page, async () => {
      for (const next of [count, count + 1, count + 2]) {
        await runCell(page);
        await page.locator(".jp-InputPrompt", { hasText: `[${next}]` }).waitFor();
      }
      await page.waitForTimeout(300);
    });
    if (!states.some((state) => /busy/i.test(state))) return;
    takenMs.push(longestMs);
  }
  const least = Math.min(...takenMs);
  assert.ok(least > 50, `"busy" was shown for cells that took no more than ${least} ms`);
  t.diagnostic(`not seen: no three cells ended within 100 ms (${takenMs.map(Math.round).join(", ")} ms)`);
}

test("cells that end at once leave the page's states alone; stopping one that spins keeps the variables", async (t) => {
  const spin = 'console.log("spinning"); for (;;) turns = turns === 7 ? 8 : 7;';
  const cells = ["let turns = 7; turns", spin, "turns > 0"];
  await withLab(t, { "spin.ipynb": notebook(cells) }, async (lab) => {
    const page = await openNotebook(lab, "spin.ipynb");
    await page.locator(".jp-CodeCell").nth(0).locator(".cm-content").click();
    await runCell(page);
    await page.locator(".jp-InputPrompt", { hasText: "[1]" }).waitFor();
    await page.waitForTimeout(1000); // what the first cell has begun
    await shortCellsLeaveStatesAlone(t, page);
    await page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click();
    await runCell(page);
    // "busy" alone may mean the first cell, or a request of the page's own
    await page.locator(".jp-OutputArea-output", { hasText: "spinning" }).waitFor();
    await page.waitForSelector('.jp-NotebookPanel [data-status="busy"]');
    await page.waitForSelector('link.busy.favicon[rel="icon"]', { state: "attached" });
    await page.click('jp-button[data-command="notebook:interrupt-kernel"]');
    await page.waitForSelector('.jp-NotebookPanel [data-status="idle"]');
    await page.waitForSelector('link.idle.favicon[rel="icon"]', { state: "attached" });
    await page.locator(".jp-CodeCell").nth(2).locator(".cm-content").click();
    await runCell(page);
    await page.waitForFunction(() =>
      /true/.test(document.querySelectorAll(".jp-CodeCell")[2]?.textContent ?? ""),
    );
    await picture(page, "stopped");
  });
});

test("files are renamed and deleted in the file browser", async (t) => {
  await withLab(t, { "old.txt": "text", "gone.txt": "text" }, async (lab) => {
    const page = await lab.open("/lab");
    const entry = (name: string) => page.locator(`.jp-DirListing-item:has-text("${name}")`);
    await entry("old.txt").click();
    await page.keyboard.press("F2");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("new.txt");
    await page.keyboard.press("Enter");
    await entry("new.txt").waitFor();
    assert.ok(existsSync(join(lab.root, "new.txt")) && !existsSync(join(lab.root, "old.txt")));
    await entry("gone.txt").click();
    await page.keyboard.press("Delete");
    await page.click(".jp-Dialog .jp-mod-warn");
    await entry("gone.txt").waitFor({ state: "detached" });
    assert.equal(existsSync(join(lab.root, "gone.txt")), false);
  });
});

test("a notebook is opened, edited, run and saved by the keyboard alone", async (t) => {
  await withLab(t, { "keys.ipynb": notebook(["1"]) }, async (lab) => {
    const page = await openNotebook(lab, "keys.ipynb");
    await settle(page);
    // An opened notebook has the focus, in command mode.
    await page.waitForFunction(() => document.activeElement?.closest(".jp-Notebook") instanceof Element);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".jp-CodeCell .cm-focused");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("2 * 21");
    await page.keyboard.press("Shift+Enter");
    await page.waitForFunction(() =>
      /42/.test(document.querySelector(".jp-CodeCell .jp-OutputArea")?.textContent ?? ""),
    );
    await page.keyboard.press("Control+S");
    await page.waitForFunction(() => document.querySelector(".jp-mod-dirty") === null);
    assert.match(readFileSync(join(lab.root, "keys.ipynb"), "utf8"), /2 \* 21/);
  });
});
