import { escapeHtml } from "../auth/index.js";
import type { PageRecord } from "../front-end/index.js";
import { type Json } from "../http/index.js";

/** A page of the front end: its files, and data under their ids; no script of its own. */
export function renderPage(page: PageRecord, baseUrl: string, data: Json): string {
  const address = (path: string): string => escapeHtml(`${baseUrl}${path}`);
  const links = page.links.map((link) => {
    const attributes = Object.entries(link).map(
      ([name, value]) => `${name}="${name === "href" ? address(value) : escapeHtml(value)}"`,
    );
    return `<link ${attributes.join(" ")}>`;
  });
  const json = Object.entries(data).map(([id, value]) => {
    const text = JSON.stringify(value).replaceAll("<", "\\u003c");
    return `<script id="${id}" type="application/json">${text}</script>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)}</title>
${links.join("\n")}
${page.styles.map((path) => `<link rel="stylesheet" href="${address(path)}">`).join("\n")}
${page.scripts.map((path) => `<script defer src="${address(path)}"></script>`).join("\n")}
${json.join("\n")}
</head>
<body${page.bodyClass === "" ? "" : ` class="${escapeHtml(page.bodyClass)}"`}></body>
</html>
`;
}

/** Shown where there is no front end to show. */
export function renderFault(fault: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>gradlab</title></head>
<body><h1>There is nothing to show yet</h1><p>${escapeHtml(fault)} Start gradlab with <code>gradlab lab</code>, which builds it.</p></body></html>
`;
}
