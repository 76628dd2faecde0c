import type { DatasetRow, DatasetSpec } from "../dataset-card.js";
import { tidy } from "../document.js";
import { openArchive, textOf } from "../fetch.js";
import { cleanRst } from "../sources/manuals.js";

/** A section heading: a line and its rule of one repeated sign. */
const HEADING = /^(\S.*)\n([=\-*^"~])\2{2,}[ \t]*$/gm;

/** Python's tutorial and questions and answers, one row a section. */
export function pythonPages(cacheFolder: string): DatasetSpec {
  const files = openArchive("pythonDocs", cacheFolder);
  const pages = files
    .filter(({ path }) => /\/_sources\/(?:tutorial|faq)\/(?!index)[\w-]+\.rst\.txt$/.test(path))
    .flatMap((file) => sections(file.path.replace(/^.*\/_sources\/|\.rst\.txt$/g, ""), file.text()));
  const licence = textOf(files, "/_sources/license.rst.txt");
  const start = licence.indexOf("PSF LICENSE AGREEMENT FOR PYTHON");
  const end = licence.indexOf("BEOPEN.COM LICENSE AGREEMENT");
  return {
    name: "python-pages",
    title: "Python's tutorial and its questions and answers",
    about:
      "Sections of the Python 3.11 tutorial and FAQ as plain text: pages to index, search, cite and clean.",
    licence: "PSF-2.0",
    notice: `Python documentation, Copyright (c) 2001-2023 Python Software Foundation; All Rights Reserved.
Changes: markup of references was removed and the pages were cut into sections.

${tidy(licence.slice(start, end).replace(/^\.\. .*$/gm, ""))}`,
    pins: ["pythonDocs"],
    compressed: true,
    splits: { train: pages },
    notes: [
      "`page` is the page of the manual and `title` the section, so that an answer can be cited",
      "One part only: these are pages to search, and the models shipped with gradlab have read nearly all of them",
    ],
  };
}

/** The top two levels of headings cut a page; sections too short to stand alone join the one before. */
function sections(page: string, rst: string): DatasetRow[] {
  const text = cleanRst(rst.replace(/\r\n?/g, "\n"))
    .replace(/^\.\. only:: html\n\n(?: +.*\n?|\n)*/gm, "")
    .replace(/^:tocdepth:.*$/gm, "")
    .replace(/^([=*#-])\1{2,}[ \t]*\n(\S.*)\n\1{3,}[ \t]*$/m, "$2\n========");
  const headings = [...text.matchAll(HEADING)];
  const levels = [...new Set(headings.map(([, , sign]) => sign))];
  const deepest = page.startsWith("faq/") ? 3 : 2;
  const cuts = headings.filter(([, , sign]) => levels.indexOf(sign) < deepest);
  const rows: { page: string; title: string; text: string }[] = [];
  cuts.forEach((heading, i) => {
    const body = tidy(text.slice(heading.index, cuts[i + 1]?.index));
    const last = rows.at(-1);
    if (body.length < 400 && last !== undefined) last.text += `\n\n${body}`;
    else rows.push({ page, title: heading[1].trim(), text: body });
  });
  return rows.filter((row) => row.text.length >= 400);
}
