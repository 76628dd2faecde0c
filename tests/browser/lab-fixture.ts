import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { type LabServer, startLabServer } from "gradlab-lab-server";
import { setTimeout as delay } from "node:timers/promises";
import { ROOT } from "../source-files.js";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
const APP = join(ROOT, "lab", "app");

/** Why the pages cannot be tested here; undefined when they can. */
export function whyNot(): string | undefined {
  if (CHROMIUM === undefined) return "no Chromium in /usr/bin";
  try {
    execFileSync(process.execPath, [join(APP, "build", "dist", "main.js"), "--check"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "lab/app/dist is not built from these sources; run `node lab/app/build/dist/main.js`";
  }
}

export type CellSource =
  string | { readonly markdown: string } | { readonly outputs: readonly object[]; readonly code: string };

/** A notebook for gradlab's kernel. */
export function notebook(cells: readonly CellSource[], metadata: object = {}): string {
  const json = cells.map((cell, i) => {
    const id = `cell-${i}`;
    if (typeof cell === "object" && "markdown" in cell)
      return { id, cell_type: "markdown", metadata: {}, source: cell.markdown };
    const { code, outputs } = typeof cell === "string" ? { code: cell, outputs: [] } : cell;
    return { id, cell_type: "code", metadata: {}, source: code, outputs, execution_count: null };
  });
  const kernelspec = { name: "gradlab", display_name: "TypeScript (gradlab)", language: "typescript" };
  const all = { kernelspec, language_info: { name: "typescript" }, ...metadata };
  return JSON.stringify({ cells: json, metadata: all, nbformat: 4, nbformat_minor: 5 });
}

/** A server over a folder of its own, a browser, and what the pages said that they should not. */
export class Lab {
  readonly root: string;
  readonly faults: string[] = [];
  /** What the server and its kernels said. */
  readonly log: string[];
  readonly #server: LabServer;
  readonly #browser: Browser;

  private constructor(root: string, server: LabServer, browser: Browser, log: string[]) {
    this.root = root;
    this.log = log;
    this.#server = server;
    this.#browser = browser;
  }

  static async start(files: Readonly<Record<string, string>>): Promise<Lab> {
    const home = mkdtempSync(join(tmpdir(), "gradlab-browser-"));
    const root = join(home, "root");
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    mkdirSync(join(root, "node_modules"), { recursive: true });
    symlinkSync(join(ROOT, "sdk"), join(root, "node_modules", "gradlab"), "dir");
    const log: string[] = [];
    const server = await startLabServer({
      root,
      port: 0,
      token: "",
      frontEnd: join(APP, "dist"),
      dataFolder: join(home, "data"),
      configFolder: join(home, "config"),
      tutorialsPath: Object.keys(files).some((name) => name.startsWith("tutorials/")) ? "tutorials" : "",
      log: (text) => void log.push(text),
    });
    // No name but the server's address resolves: a request elsewhere fails here as it does without a network.
    const browser = await chromium.launch({
      executablePath: CHROMIUM!,
      args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
    });
    return new Lab(root, server, browser, log);
  }

  /** A page in a browser profile of its own. */
  async open(path: string): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1400, height: 1000 } });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on("websocket", (socket) => {
      const note = (way: string, payload: string | Buffer): void => {
        lastFrame.set(page, performance.now());
        const said = [/"msg_type":\s*"(\w+)/, /"execution_state":\s*"(\w+)/].map(
          (part) => part.exec(String(payload))?.[1],
        );
        frames.set(page, [
          ...(frames.get(page) ?? []).slice(-KEPT_FRAMES),
          [way, ...said].filter(Boolean).join(" "),
        ]);
      };
      socket
        .on("framesent", ({ payload }) => note("→", payload))
        .on("framereceived", ({ payload }) => note("←", payload))
        .on("close", () => note("closed", ""));
    });
    page.on("pageerror", ({ message }) => this.faults.push(`error: ${message}`));
    page.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (/^(https?|wss?):$/.test(protocol) && hostname !== "127.0.0.1")
        this.faults.push(`request: ${request.url()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) this.faults.push(`${response.status()}: ${response.url()}`);
    });
    const base = new URL(this.#server.url);
    await page.goto(new URL(path, base).href);
    await page.waitForSelector("#jp-MainLogo, #jp-NotebookLogo", { state: "attached" });
    return page;
  }

  /** Pages that are open. */
  get pages(): Page[] {
    return this.#browser.contexts().flatMap((context) => context.pages());
  }

  /** Nothing was asked of another host, nothing was missing, nothing threw. */
  assertNoFaults(): void {
    assert.deepEqual(this.faults, []);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.close();
    rmSync(dirname(this.root), { recursive: true, force: true });
  }
}

/** Opens a notebook in JupyterLab or on a Notebook 7 page and waits for its kernel. */
export async function openNotebook(lab: Lab, path: string, at = "/lab/tree/"): Promise<Page> {
  const page = await lab.open(at + path);
  await page.waitForSelector(".jp-NotebookPanel .jp-Cell");
  await page.waitForSelector('.jp-NotebookPanel [data-status="idle"]');
  return page;
}

/** What a page and its kernels said last, for the report of a failure. */
const frames = new WeakMap<Page, readonly string[]>();
const KEPT_FRAMES = 60;

/** When a page and its kernels last had something to say to each other. */
const lastFrame = new WeakMap<Page, number>();

/** Until nothing is asked or answered for a while. */
export async function settle(page: Page): Promise<void> {
  await until(() => performance.now() - (lastFrame.get(page) ?? 0) > 500, "for a page with nothing to say");
}

/** Run → Run All Cells; the cells may run on. */
export async function startAll(page: Page): Promise<void> {
  await page.click('.lm-MenuBar-itemLabel:text-is("Run")');
  await page.click('.lm-Menu-itemLabel:text-is("Run All Cells")');
}

/** Settings → Theme → JupyterLab Dark. */
export async function useDarkTheme(page: Page): Promise<void> {
  await page.click('.lm-MenuBar-itemLabel:text-is("Settings")');
  await page.hover('.lm-Menu-itemLabel:text-is("Theme")');
  await page.click('.lm-Menu-itemLabel:text-is("JupyterLab Dark")');
  await page.waitForSelector('body[data-jp-theme-light="false"]', { state: "attached" });
}

/** Run → Run All Cells; resolves when the last cell has a number. */
export async function runAll(page: Page): Promise<void> {
  await startAll(page);
  await page.waitForFunction(() => {
    const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")];
    return prompts.length > 0 && prompts.every((prompt) => /\[\d+\]/.test(prompt.textContent ?? ""));
  });
}

/** Text of the outputs of the code cell with this number, from 0. */
export async function outputOf(page: Page, cell: number): Promise<string> {
  return await page.locator(".jp-CodeCell").nth(cell).locator(".jp-Cell-outputWrapper").innerText();
}

/** Waits for what no page tells; ends with what was missing. */
export async function until(holds: () => boolean, what: string, patienceMs = 60_000): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!holds()) {
    assert.ok(Date.now() < end, `waited ${patienceMs / 1000} s in vain: ${what}`);
    await delay(50);
  }
}

/** `GRADLAB_SCREENSHOTS=folder` keeps a picture of what a test saw. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["GRADLAB_SCREENSHOTS"];
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Where the keys go, and what the notebook holds: for the report of a failure. */
async function describePage(page: Page): Promise<string> {
  const shown = page.evaluate(() => {
    const focus = document.activeElement;
    const notebook = document.querySelector<HTMLElement>(".jp-Notebook");
    return JSON.stringify({
      focus: `${focus?.tagName} ${focus?.className}`,
      mode: /jp-mod-(edit|command)Mode/.exec(notebook?.className ?? "")?.[1],
      notebook: notebook?.innerText,
      indicators: [...document.querySelectorAll<HTMLElement>("[data-status]")].map((one) => one.dataset),
    });
  });
  const said = (frames.get(page) ?? []).join(", ");
  return `${await shown.catch((error: unknown) => String(error))}; it and its kernels said last: ${said}`;
}

/** Runs a scenario with a lab of its own, or skips it and says why. */
export async function withLab(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  scenario: (lab: Lab) => Promise<void>,
): Promise<void> {
  const reason = whyNot();
  if (reason !== undefined) return t.skip(reason);
  const lab = await Lab.start(files);
  try {
    await scenario(lab);
    lab.assertNoFaults();
  } catch (error) {
    t.diagnostic(`the server said: ${lab.log.join("")}`);
    for (const [i, page] of lab.pages.entries()) {
      t.diagnostic(`page ${i} showed: ${await describePage(page)}`);
      await picture(page, `failed-${t.name.slice(0, 30)}-${i}`);
    }
    throw error;
  } finally {
    await lab.close();
  }
}
