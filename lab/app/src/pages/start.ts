/** Starts a page; what goes wrong before there is anything to see is said in the page itself. */
export async function start(page: () => Promise<void>): Promise<void> {
  try {
    await page();
  } catch (error) {
    const note = document.createElement("pre");
    note.setAttribute("role", "alert");
    note.style.cssText = "margin:2rem;font:14px system-ui;white-space:pre-wrap";
    const reason = error instanceof Error ? error.message : String(error);
    note.textContent = `gradlab's page did not start: ${reason}\nReload it; if that does not help, stop gradlab and start it again.`;
    document.body.append(note);
    console.error(error);
  }
}
