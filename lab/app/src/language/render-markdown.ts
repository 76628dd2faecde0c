import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";

/** Markdown of the kernel as the notebook shows it, without scripts. */
export async function renderMarkdown(rendermime: IRenderMimeRegistry, text: string): Promise<HTMLElement> {
  const renderer = rendermime.createRenderer("text/markdown");
  await renderer.renderModel(rendermime.createModel({ data: { "text/markdown": text }, trusted: false }));
  renderer.addClass("gradlab-Language-docs");
  return renderer.node;
}
