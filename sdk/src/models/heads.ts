import { GradlabError } from "../errors.js";
import type { ConfigJson } from "./architecture.js";

/** Endings of Hugging Face's class names and the heads they stand for; the first of a head is the one written. */
export type ClassEndings<H extends string> = readonly (readonly [ending: string, head: H])[];

/** What a head should be, if not what config.json says. */
export interface HeadOptions<H extends string> {
  /** What stands on top. Default: what `architectures` in config.json names. */
  readonly head?: H;
  /** The classes' names, or how many. Default: `id2label`. */
  readonly labels?: number | readonly string[];
}

/** The head that `architectures` in config.json names; `bare` where the field is absent. @throws E_UNSUPPORTED_ARCH */
export function headOf<H extends string>(
  json: ConfigJson,
  file: string,
  endings: ClassEndings<H>,
  bare: H,
): H {
  const [name] = Array.isArray(json.architectures) ? (json.architectures as unknown[]) : [];
  if (name === undefined) return bare;
  const found = endings.find(([ending]) => typeof name === "string" && name.endsWith(ending));
  if (found) return found[1];
  const heads = [...new Set(endings.map(([, head]) => `"${head}"`))];
  throw new GradlabError("E_UNSUPPORTED_ARCH", `"architectures": ${JSON.stringify(name)} is not supported.`, {
    where: file,
    hint: `Choose a head: ${heads.join(", ")}.`,
  });
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, id) => `LABEL_${id}`);

/** The class names of `id2label`, else LABEL_0, LABEL_1, …, as many as `num_labels` (2 by default). */
export function labelsOf(json: ConfigJson): string[] {
  const named = json.id2label as Readonly<Record<string, unknown>> | null | undefined;
  if (named) return Object.keys(named).map((_, id) => String(named[id]));
  return numbered(Number(json.num_labels ?? 2));
}

/** config.json asking for another head, or other classes. @param className what the classes' names begin with */
export function withHead<H extends string>(
  json: ConfigJson,
  className: string,
  endings: ClassEndings<H>,
  { head, labels }: HeadOptions<H>,
): ConfigJson {
  const ending = endings.find(([, known]) => known === head)?.[0];
  const names = typeof labels === "number" ? numbered(labels) : labels;
  return {
    ...json,
    ...(ending ? { architectures: [className + ending] } : {}),
    ...(names
      ? {
          id2label: Object.fromEntries(names.map((name, id) => [id, name])),
          label2id: Object.fromEntries(names.map((name, id) => [name, id])),
        }
      : {}),
  };
}

/** @throws E_UNSUPPORTED_ARCH for a classification head of one label, which is a regression */
export function requireLabels(labels: readonly string[], file: string): void {
  if (labels.length >= 2) return;
  throw new GradlabError(
    "E_UNSUPPORTED_ARCH",
    `A head of ${labels.length} label (regression) is not supported.`,
    {
      where: file,
      hint: "Give at least two labels.",
    },
  );
}
