import type { Environment } from "./environment.js";
import type { FileRecord } from "./run-record.js";

/** A measured number, as metrics return it. */
export interface CardScore {
  readonly value: number;
  readonly ci95?: readonly [number, number];
  readonly n?: number;
}

export interface ModelCardInfo {
  readonly name: string;
  /** One paragraph: what it is and what it is for. */
  readonly summary: string;
  readonly license?: string;
  readonly languages?: readonly string[];
  readonly baseModel?: string;
  readonly tags?: readonly string[];
  /** The hub's name for the task that the scores are of. Default "text-generation". */
  readonly task?: string;
  readonly parameters?: number;
  /** How it was made: option → value. */
  readonly training?: Readonly<Record<string, unknown>>;
  readonly data?: readonly (FileRecord & { readonly license?: string; readonly description?: string })[];
  /** data set → metric → score. */
  readonly scores?: Readonly<Record<string, Readonly<Record<string, CardScore>>>>;
  readonly limits?: readonly string[];
  readonly usage?: string;
  readonly environment?: Environment;
}

/**
 * Writes a model card: Markdown under Hugging Face's YAML header, so that the hub and people read the same file.
 *
 * Source: M. Mitchell et al., Model Cards for Model Reporting (2019); huggingface.co/docs/hub/model-cards.
 *
 * @example await writeFileAtomic("out/README.md", modelCard({ name: "tiny", summary: "A small model." }))
 */
export function modelCard(info: ModelCardInfo): string {
  return [
    frontMatter(info),
    `# ${oneLine(info.name)}\n\n${info.summary.trim()}`,
    factsOf(info),
    section("Use", info.usage === undefined ? undefined : `\`\`\`ts\n${info.usage.trim()}\n\`\`\``),
    section("Training", tableOf(["option", "value"], Object.entries(info.training ?? {}))),
    section("Data", dataOf(info)),
    section("Scores", scoresOf(info)),
    section("Limits", info.limits?.map((limit) => `- ${oneLine(limit)}`).join("\n")),
    section("Made on", tableOf(["", ""], Object.entries(info.environment ?? {}))),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

function frontMatter(info: ModelCardInfo): string {
  const list = (key: string, items: readonly string[] = []): string[] =>
    items.length === 0 ? [] : [`${key}:`, ...items.map((item) => `  - ${JSON.stringify(item)}`)];
  return [
    "---",
    ...(info.license === undefined ? [] : [`license: ${JSON.stringify(info.license)}`]),
    ...(info.baseModel === undefined ? [] : [`base_model: ${JSON.stringify(info.baseModel)}`]),
    ...list("language", info.languages),
    "library_name: gradlab",
    ...list("tags", info.tags),
    ...modelIndex(info),
    "---",
  ].join("\n");
}

function modelIndex({ name, task = "text-generation", scores = {} }: ModelCardInfo): string[] {
  const results = Object.entries(scores).flatMap(([dataset, metrics]) => [
    "      - task:",
    `          type: ${JSON.stringify(task)}`,
    "        dataset:",
    `          name: ${JSON.stringify(dataset)}`,
    `          type: ${JSON.stringify(dataset)}`,
    "        metrics:",
    ...Object.entries(metrics).flatMap(([metric, { value }]) => [
      `          - type: ${JSON.stringify(metric)}`,
      `            value: ${Number.isFinite(value) ? value : JSON.stringify(String(value))}`,
    ]),
  ]);
  return results.length === 0
    ? []
    : ["model-index:", `  - name: ${JSON.stringify(name)}`, "    results:", ...results];
}

function factsOf({ baseModel, parameters, license }: ModelCardInfo): string {
  return [
    ...(baseModel === undefined ? [] : [`- Base model: ${oneLine(baseModel)}`]),
    ...(parameters === undefined ? [] : [`- Parameters: ${parameters.toLocaleString("en-US")}`]),
    ...(license === undefined ? [] : [`- License: ${oneLine(license)}`]),
  ].join("\n");
}

function dataOf({ data = [] }: ModelCardInfo): string | undefined {
  return tableOf(
    ["file", "bytes", "sha256", "license", "description"],
    data.map((file) => [
      file.name,
      file.bytes,
      file.sha256.slice(0, 16),
      file.license ?? "",
      file.description ?? "",
    ]),
  );
}

function scoresOf({ scores = {} }: ModelCardInfo): string | undefined {
  const rows = Object.entries(scores).flatMap(([dataset, metrics]) =>
    Object.entries(metrics).map(([metric, { value, ci95, n }]) => [
      dataset,
      metric,
      digits(value),
      ci95 === undefined ? "" : `${digits(ci95[0])} – ${digits(ci95[1])}`,
      n ?? "",
    ]),
  );
  return tableOf(["data", "metric", "value", "95 % interval", "n"], rows);
}

const digits = (value: number): string => String(Number(value.toPrecision(4)));

const section = (title: string, body: string | undefined): string =>
  body === undefined || body === "" ? "" : `## ${title}\n\n${body}`;

function tableOf(head: readonly string[], rows: readonly (readonly unknown[])[]): string | undefined {
  if (rows.length === 0) return undefined;
  const line = (cells: readonly unknown[]): string => `| ${cells.map(cellText).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}

function cellText(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return oneLine(text).replaceAll("|", "\\|");
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
