import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const PATIENCE = 60_000;
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function startBrowser(): Promise<Browser> {
  const executablePath = PLACES.find(existsSync);
  if (executablePath === undefined) throw new Error("not run: there is no Chromium in /usr/bin");
  return await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}

/** ms in which a new window of Chromium has drawn what is its own: its address bar is a page, too. */
const WINDOW = 2500;

/** An empty window in a fresh profile: what is there before somebody types `gradlab lab`. */
export async function openWindow(browser: Browser): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.waitForTimeout(WINDOW);
  return page;
}

/** The notebook, when its kernel is idle. */
export async function openNotebook(page: Page, url: string): Promise<void> {
  page.setDefaultTimeout(PATIENCE);
  await page.addInitScript(() => {
    const watch = new MutationObserver(() => {
      const config = document.getElementById("jupyter-config-data");
      if (config?.textContent?.trim().endsWith("}") !== true) return;
      watch.disconnect();
      config.textContent = config.textContent.replace("{", '{"exposeAppInBrowser":"true",');
    });
    watch.observe(document, { childList: true, subtree: true, characterData: true });
  });
  await page.goto(url);
  await page.waitForSelector('.jp-NotebookPanel [data-status="idle"]');
}

/** What the bench uses of JupyterLab's application. */
interface App {
  readonly commands: { execute(id: string): Promise<unknown> };
  readonly shell: {
    readonly currentWidget: {
      readonly sessionContext: {
        readonly session: {
          readonly kernel: {
            requestExecute(content: object): { readonly done: Promise<{ content: { status: string } }> };
          };
        };
      };
    };
  };
}

/** ms from the request to its reply and idle, in the page; `rendered` runs the cell and waits for the next frame. */
export async function roundTrips(page: Page, count: number, rendered: boolean): Promise<number[]> {
  return await page.evaluate(
    async ([times, render]) => {
      const { commands, shell } = (window as unknown as { jupyterapp: App }).jupyterapp;
      const { kernel } = shell.currentWidget.sessionContext.session;
      const once = async (): Promise<void> => {
        if (render) {
          await commands.execute("notebook:run-cell");
          await new Promise((resolve) => requestAnimationFrame(resolve));
          return;
        }
        const { content } = await kernel.requestExecute({ code: "1+1", store_history: false }).done;
        if (content.status !== "ok") throw new Error(`1+1 ended with ${content.status}`);
      };
      for (let i = 0; i < 20; i += 1) await once(); // not timed: what the first ones compile
      const taken: number[] = [];
      for (let i = 0; i < times; i += 1) {
        const began = performance.now();
        await once();
        taken.push(performance.now() - began);
      }
      return taken;
    },
    [count, rendered] as const,
  );
}
