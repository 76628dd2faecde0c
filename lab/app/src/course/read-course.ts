import { PageConfig } from "@jupyterlab/coreutils";
import type { INotebookContent } from "@jupyterlab/nbformat";
import type { Contents } from "@jupyterlab/services";
import { type Lesson, readLesson } from "./lesson.js";

/** The served folder of the course, if the server named one. */
export const coursePath = (): string => PageConfig.getOption("tutorialsPath");

/** All lessons of the course, in the order of their file names; none where there is no course. */
export async function readCourse(contents: Contents.IManager): Promise<Lesson[]> {
  const folder = coursePath();
  if (folder === "") return [];
  const listing = await contents.get(folder, { content: true }).catch(() => undefined);
  const entries = (listing?.content ?? []) as Contents.IModel[];
  const paths = entries.filter(({ type }) => type === "notebook").map(({ path }) => path);
  paths.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const lessons: Lesson[] = [];
  for (const path of paths) {
    // One after the other: a course of fifty notebooks must not fill the line that kernels start over.
    const model = await contents.get(path, { content: true, type: "notebook" }).catch(() => undefined);
    if (model !== undefined) lessons.push(readLesson(path, model.content as INotebookContent));
  }
  return lessons;
}

/** "2 of 3 checks passed", "" where a lesson has none. */
export function progressText({ checks }: Lesson): string {
  const passed = checks.filter(({ state }) => state === "passed").length;
  return checks.length === 0
    ? ""
    : `${passed} of ${checks.length} ${checks.length === 1 ? "check" : "checks"} passed`;
}

export const isDone = ({ checks }: Lesson): boolean =>
  checks.length > 0 && checks.every(({ state }) => state === "passed");
