import { createHash } from "node:crypto";
import { GradlabError, type ErrorPlace } from "../../../errors.js";
import { requireColumns } from "../columns.js";
import { canonicalText } from "../hash-rows.js";
import type { Stage } from "../stage.js";
import { filter } from "./filter.js";

/** The share of each part by its name: numbers above 0 that add up to 1. */
export type SplitShares = Readonly<Record<string, number>>;

export interface SplitOptions {
  /** Column whose rows of one value stay together, such as the author or the document. */
  readonly by?: string;
  /** Column that says which rows are the same. Default: text, or prompt, or messages, or the whole row. */
  readonly text?: string;
  /** Decides which part each row belongs to. Default 0. */
  readonly seed?: number;
}

/** A row's place in [0, 1) by its text and the seed: what `split` cuts where the shares end. */
export const pointOf = (row: unknown, seed: number): number =>
  fraction(`${seed}\n${sameness(row, {}, undefined)}`);

/** What decides a row's part: rows of one key are never parted. */
type KeyOf = (row: unknown, where: ErrorPlace) => string | Promise<string>;

/** One stage for each part: the rows whose key, hashed with the seed, falls into the part's share. */
export function split<T>(
  input: Stage<T>,
  shares: SplitShares,
  { by, text, seed = 0 }: SplitOptions,
): Record<string, Stage<T>> {
  const names = Object.keys(shares);
  const ends = endsOf(shares);
  const keyOf =
    by === undefined
      ? (row: unknown, where: ErrorPlace) => sameness(row, where, text)
      : groupKey(input, by, text);
  const partOf = async (row: unknown, where: ErrorPlace): Promise<number> => {
    const point = fraction(`${seed}\n${await keyOf(row, where)}`);
    const part = ends.findIndex((end) => point < end);
    return part < 0 ? names.length - 1 : part;
  };
  return Object.fromEntries(
    names.map((name, part) => {
      const settings = [shares, name, by ?? null, text ?? null, seed];
      const holds = async (row: T, _: number, { where }: { readonly where: ErrorPlace }): Promise<boolean> =>
        (await partOf(row, where)) === part;
      return [name, filter(input, holds, settings, "split")];
    }),
  );
}

function endsOf(shares: SplitShares): number[] {
  const values = Object.values(shares);
  const total = values.reduce((sum, share) => sum + share, 0);
  if (values.length < 2 || !values.every((share) => share > 0) || Math.abs(total - 1) > 1e-9)
    throw new GradlabError(
      "E_CONFIG",
      `The shares of a split must be at least two numbers above 0 that add up to 1, got ${JSON.stringify(shares)}.`,
      { where: "shares", hint: "Such as { train: 0.8, validation: 0.1, test: 0.1 }." },
    );
  return values.map((_, i) => values.slice(0, i + 1).reduce((sum, share) => sum + share, 0));
}

/** The first 48 bits of a SHA-256 as a number in [0, 1). */
const fraction = (text: string): number => hash48(text) / 2 ** 48;

const hash48 = (text: string): number => createHash("sha256").update(text).digest().readUIntBE(0, 6);

/** The text by which a row is the same as another: letters as NFC, any white space as one blank. */
function sameness(row: unknown, where: ErrorPlace, column: string | undefined): string {
  const value = typeof row === "object" && row !== null ? columnOf(row, where, column) : row;
  const text = typeof value === "string" ? value : canonicalText(value);
  return text.normalize("NFC").replace(/\s+/g, " ").trim();
}

function columnOf(row: object, where: ErrorPlace, column: string | undefined): unknown {
  if (column !== undefined) {
    requireColumns(row, [column], where);
    return row[column];
  }
  const known = ["text", "prompt", "messages"].find((name) => Object.hasOwn(row, name));
  return known === undefined ? row : (row as Readonly<Record<string, unknown>>)[known];
}

/** Groups that share a text belong together, which only a pass over all rows can tell; it is made once for all parts. */
function groupKey(input: Stage<unknown>, by: string, text: string | undefined): KeyOf {
  let families: Promise<Families> | undefined;
  return async (row, where) => {
    families ??= Families.gather(input, by, text);
    return (await families).keyOf(groupOf(row, where, by));
  };
}

function groupOf(row: unknown, where: ErrorPlace, by: string): string {
  requireColumns(row, [by], where);
  return canonicalText(row[by]);
}

/** Groups joined by equal texts (union–find); keeps 48 bits of each text and the groups' keys. */
class Families {
  readonly #ids = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #parents: number[] = [];

  static async gather(input: Stage<unknown>, by: string, text: string | undefined): Promise<Families> {
    const families = new Families();
    const groupOfText = new Map<number, number>();
    const cursor = input.open();
    try {
      for (let item = await cursor.next(); item !== undefined; item = await cursor.next()) {
        const { value, where } = item;
        const group = families.#idOf(groupOf(value, where, by));
        const content = hash48(sameness(value, where, text));
        const other = groupOfText.get(content);
        if (other === undefined) groupOfText.set(content, group);
        else families.#join(group, other);
      }
    } finally {
      await cursor.close();
    }
    return families;
  }

  /** The least key of a family, so that the order of the rows does not matter. */
  keyOf(group: string): string {
    return this.#keys[this.#root(this.#idOf(group))];
  }

  #idOf(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#ids.set(key, this.#keys.length);
    this.#parents.push(this.#keys.length);
    return this.#keys.push(key) - 1;
  }

  #root(id: number): number {
    while (this.#parents[id] !== id) {
      this.#parents[id] = this.#parents[this.#parents[id]];
      id = this.#parents[id];
    }
    return id;
  }

  #join(a: number, b: number): void {
    const [first, second] = [this.#root(a), this.#root(b)];
    const [least, other] = this.#keys[first] <= this.#keys[second] ? [first, second] : [second, first];
    this.#parents[other] = least;
  }
}
