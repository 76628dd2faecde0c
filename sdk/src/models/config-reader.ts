import { GradlabError } from "../errors.js";
import type { ConfigJson } from "./architecture.js";
import { describes } from "./described-fields.js";

/** Typed access to config.json with errors that name the file and the field; remembers what was asked for. */
export class ConfigReader {
  readonly #read = new Set<string>();

  constructor(
    readonly json: ConfigJson,
    readonly file: string,
  ) {}

  /** The field as it stands. */
  raw(field: string): unknown {
    this.#read.add(field);
    return this.json[field];
  }

  /** Takes fields for known that change nothing here, whatever they hold. @param names with spaces between */
  known(names: string): void {
    for (const name of names.split(" ")) this.#read.add(name);
  }

  /** A positive number; `fallback` where the field is absent. @throws E_FILE_FORMAT */
  number(field: string, fallback?: number): number {
    const value = this.raw(field) ?? fallback;
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
    throw new GradlabError(
      "E_FILE_FORMAT",
      `"${field}" should be a positive number, got ${JSON.stringify(value)}.`,
      {
        where: this.file,
        hint: "config.json must describe the weights beside it.",
      },
    );
  }

  flag(field: string, fallback: boolean): boolean {
    const value = this.raw(field) ?? fallback;
    if (typeof value === "boolean") return value;
    throw new GradlabError(
      "E_FILE_FORMAT",
      `"${field}" should be true or false, got ${JSON.stringify(value)}.`,
      {
        where: this.file,
      },
    );
  }

  /** One of a few names; `fallback` where the field is absent. @throws E_UNSUPPORTED_ARCH listing them */
  choice<T extends string>(field: string, allowed: readonly T[], fallback: T): T {
    this.require(field, allowed);
    return (this.json[field] as T | null | undefined) ?? fallback;
  }

  /** A number ≥ 0, such as a token's id. @throws E_FILE_FORMAT */
  index(field: string, fallback: number): number {
    const value = this.raw(field) ?? fallback;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw new GradlabError("E_FILE_FORMAT", `"${field}" should be 0 or more, got ${JSON.stringify(value)}.`, {
      where: this.file,
    });
  }

  /** Refuses a variant that is not built. @throws E_UNSUPPORTED_ARCH */
  require(field: string, allowed: readonly unknown[]): void {
    const value = this.raw(field);
    if (value === undefined || value === null || allowed.includes(value)) return;
    const supported = allowed.map((item) => JSON.stringify(item)).join(", ") || "absent or null";
    throw this.refusal(field, `Supported: ${supported}.`);
  }

  refusal(field: string, hint: string): GradlabError {
    const sentence = `"${field}": ${JSON.stringify(this.json[field])} is not supported.`;
    return new GradlabError("E_UNSUPPORTED_ARCH", sentence, { where: this.file, hint });
  }

  /**
   * Refuses every field nobody asked for: it might change what the model computes. Fields that are off, and those
   * that only describe the model, pass.
   *
   * @throws E_UNSUPPORTED_ARCH naming the field
   */
  refuseRest(): void {
    for (const [field, value] of Object.entries(this.json)) {
      if (this.#read.has(field) || describes(field) || isOff(value)) continue;
      throw this.refusal(
        field,
        `If the model computes the same without it, take "${field}" out of config.json.`,
      );
    }
  }
}

const isOff = (value: unknown): boolean =>
  !value || (typeof value === "object" && Object.keys(value).length === 0);

/** @throws E_FILE_FORMAT for heads that do not divide the width */
export function requireDivisible(
  { width, heads }: { readonly width: number; readonly heads: number },
  file: string,
): void {
  if (width % heads === 0) return;
  throw new GradlabError("E_FILE_FORMAT", `${heads} heads do not divide the width ${width}.`, {
    where: file,
  });
}
