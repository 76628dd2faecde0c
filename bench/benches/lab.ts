import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import {
  type Bench,
  median,
  round,
  table,
  treeMemory,
  type TreeMemory,
  waitForIdle,
} from "../harness/index.js";
import { buildAnew, openNotebook, openWindow, roundTrips, startBrowser, startLab } from "../lab/index.js";
import { percentile99 } from "./kernel-report.js";

const TRIPS = 200;
/** ms after which a server that does nothing is taken to be idle. */
const REST = 4000;
/** More starts say no more, and the whole has to end within four minutes. */
const MOST_STARTS = 5;

interface Figures {
  readonly starts: number[];
  plain: number[];
  rendered: number[];
  server: TreeMemory[];
  withKernel: TreeMemory[];
}

/** What a user of the lab waits for, and what it takes of the machine. */
export const labBench: Bench = {
  name: "lab",
  title: "Lab: start, round trips in the browser, memory, first build",
  async run({ rounds }) {
    const figures: Figures = { starts: [], plain: [], rendered: [], server: [], withKernel: [] };
    // not timed: where the front end is not built yet, this start builds it
    await (await startLab()).stop();
    const browser = await startBrowser();
    try {
      const starts = Math.min(rounds, MOST_STARTS);
      // one more, whose page is measured instead of its start
      for (let start = 0; start <= starts; start += 1) {
        await measureStart(browser, figures, start === starts);
        process.stderr.write(`  start ${start + 1} of ${starts + 1}\n`);
      }
    } finally {
      await browser.close();
    }
    process.stderr.write("  first build\n");
    const build = await buildAnew();
    const memory = ([of]: readonly TreeMemory[]): string =>
      of === undefined
        ? "–"
        : `RSS ${Math.round(of.rssMb)}, each page once ${Math.round(of.heldMb)} (${of.processes} processes)`;
    const trip = (values: readonly number[]): string =>
      `${round(median(values))} (${round(percentile99(values))})`;
    const [first, trips] = [median(figures.starts), median(figures.plain)];
    const verdict = (met: boolean): string => (met ? "met" : "missed");
    return [
      `Chromium and an empty window run before; each start has a fresh profile. Times are medians, in brackets the 99th percentile of ${TRIPS}.`,
      table(
        ["what", "measured", "target"],
        [
          [
            "`gradlab lab` started → output of the first cell in the page, s",
            `${round(first / 1000)} (worst ${round(Math.max(...figures.starts) / 1000)})`,
            `≤ 5 s: ${verdict(first <= 5000)}`,
          ],
          ["`1+1`, page → kernel → page, ms", trip(figures.plain), `≤ 10 ms: ${verdict(trips <= 10)}`],
          ["the same by running the cell, until the next frame, ms", trip(figures.rendered), "–"],
          ["server and the kernel of the notebook it opened, MiB", memory(figures.server), "–"],
          ["the same after the cell ran, its page closed, MiB", memory(figures.withKernel), "–"],
          [
            "first build, packages in place, s",
            `${round(build.seconds)} (peak RSS ${Math.round(build.peakMb)} MiB)`,
            "–",
          ],
          ["front end, MiB", `${round(build.sizeMb)} (as sent: ${round(build.sentMb)})`, "–"],
        ],
      ),
    ].join("\n\n");
  },
};

async function measureStart(browser: Browser, figures: Figures, isLast: boolean): Promise<void> {
  const page = await openWindow(browser);
  await waitForIdle();
  const began = performance.now();
  const lab = await startLab();
  try {
    if (isLast) {
      await sleep(REST);
      figures.server.push(treeMemory(lab.pid));
    }
    await openNotebook(page, lab.url);
    await runFirst(page);
    await page.locator(".jp-CodeCell .jp-OutputArea-output", { hasText: /^2\s*$/ }).waitFor();
    if (!isLast) {
      figures.starts.push(performance.now() - began);
    } else {
      figures.plain = await roundTrips(page, TRIPS, false);
      figures.rendered = await roundTrips(page, TRIPS, true);
    }
    await page.context().close();
    if (!isLast) return;
    await sleep(REST);
    figures.withKernel.push(treeMemory(lab.pid));
  } finally {
    await lab.stop();
  }
}

/** A page that is still drawing may lose a key: whoever sees that nothing happens presses it again. */
async function runFirst(page: Page): Promise<void> {
  const begun = page.locator(".jp-CodeCell .jp-InputPrompt", { hasText: /\[(\*|\d+)\]/ });
  for (let tries = 0; tries < 60; tries += 1) {
    await page.click(".jp-CodeCell .cm-content");
    await page.keyboard.press("Control+Enter");
    const seen = await begun.waitFor({ timeout: 300 }).then(
      () => true,
      () => false,
    );
    if (seen) return;
  }
  throw new Error("the first cell did not begin, however often it was run");
}
