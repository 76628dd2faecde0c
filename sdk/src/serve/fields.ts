import { nearestName } from "../errors.js";
import { badField, Refusal } from "./refusal.js";

/** The part of JSON Schema that describes the fields here; goes into /openapi.json. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a request's field must be. */
export interface Field<T> {
  readonly schema: Schema;
  /** The complaint about a value, or undefined when it is right. @param path names it: `messages[1].content` */
  readonly fault: (value: unknown, path: string) => Refusal | undefined;
  /** Carries the type only. */
  readonly value?: T;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What a checked body holds; null counts as absent. */
export type Values<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer T> ? T : never;
};

/** A field with one test. @param expected completes "must be …" */
export function field<T>(schema: Schema, expected: string, accepts: (value: unknown) => boolean): Field<T> {
  const fault = (value: unknown, path: string): Refusal | undefined =>
    accepts(value) ? undefined : badField(path, `${path} must be ${expected}, got ${describe(value)}.`);
  return { schema: { description: expected, ...schema }, fault };
}

export const text = field<string>({ type: "string" }, "a text", (value) => typeof value === "string");

export const flag = field<boolean>(
  { type: "boolean" },
  "true or false",
  (value) => typeof value === "boolean",
);

export const wholeNumber = (minimum: number): Field<number> =>
  field(
    { type: "integer", minimum },
    `a whole number ≥ ${minimum}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= minimum,
  );

export const seed = field<number>({ type: "integer" }, "a whole number", Number.isSafeInteger);

export const temperature = field<number>(
  { type: "number", minimum: 0 },
  "a number ≥ 0",
  (value) => typeof value === "number" && value >= 0 && Number.isFinite(value),
);

export const share = field<number>(
  { type: "number", exclusiveMinimum: 0, maximum: 1 },
  "a number above 0 and at most 1",
  (value) => typeof value === "number" && value > 0 && value <= 1,
);

const MAX_STOPS = 16;
const isStop = (value: unknown): boolean => typeof value === "string" && value !== "";

export const stopTexts = field<string | readonly string[]>(
  {
    anyOf: [
      { type: "string", minLength: 1 },
      { type: "array", items: { type: "string", minLength: 1 }, maxItems: MAX_STOPS },
    ],
  },
  `a text, or an array of at most ${MAX_STOPS} texts, none of them empty`,
  (value) => isStop(value) || (Array.isArray(value) && value.length <= MAX_STOPS && value.every(isStop)),
);

/** The fields' schemas by name. */
export const schemasOf = (fields: Fields): Schema =>
  Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));

export interface ReadOptions {
  /** Fields that exist elsewhere but not here: name → the values that change nothing, so may be sent. */
  readonly unsupported?: Readonly<Record<string, readonly unknown[]>>;
  /** Fields that are read over. */
  readonly ignored?: readonly string[];
  /** Refuses every other field; else only those that look like a slip. Default false. */
  readonly strict?: boolean;
}

/**
 * Checks a body field by field.
 *
 * @throws Refusal 400 naming the field, what it must be and what it is
 */
export function readFields<F extends Fields>(body: unknown, fields: F, options: ReadOptions = {}): Values<F> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new Refusal(400, `The body must be a JSON object, got ${describe(body)}.`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === null) continue;
    if (!Object.hasOwn(fields, name)) {
      checkOther(name, value, Object.keys(fields), options);
      continue;
    }
    const fault = fields[name].fault(value, name);
    if (fault) throw fault;
    values[name] = value;
  }
  return values as Values<F>;
}

function checkOther(name: string, value: unknown, known: readonly string[], options: ReadOptions): void {
  const { unsupported = {}, ignored = [], strict = false } = options;
  if (Object.hasOwn(unsupported, name)) {
    const neutral = unsupported[name].map((allowed) => JSON.stringify(allowed));
    if (neutral.includes(JSON.stringify(value))) return;
    throw new Refusal(400, `${name} ${describe(value)} is not supported.`, {
      param: name,
      code: "unsupported_value",
      hint: `Leave ${name} out, or send ${neutral.join(" or ")}.`,
    });
  }
  if (ignored.includes(name)) return;
  const meant = nearestName(name, known);
  if (meant === undefined && !strict) return;
  throw new Refusal(400, `There is no field ${JSON.stringify(name)}.`, {
    param: name,
    code: "unknown_field",
    hint: meant ? `Did you mean ${meant}?` : `Fields: ${known.join(", ")}.`,
  });
}

/** The field's value. @throws Refusal 400 when it is absent */
export function requireField<T>(value: T | undefined, name: string, expected: string): T {
  if (value !== undefined) return value;
  throw new Refusal(400, `The field ${JSON.stringify(name)} is missing.`, {
    param: name,
    code: "missing_field",
    hint: `Give ${expected}.`,
  });
}

/** A value in words, cut short. */
export function describe(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : `an array of ${value.length}`;
  if (typeof value !== "string") return `an ${typeof value}`;
  return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
}
