/** A small schema language: a check says what is wrong with a value and where, or nothing. */
export type Json = Record<string, unknown>;
export type Check = (value: unknown, at: string) => string | undefined;

const show = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 120);

const that =
  (name: string, holds: (value: unknown) => boolean): Check =>
  (value, at) =>
    holds(value) ? undefined : `${at} is not ${name}: ${show(value)}`;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const text = that("a text", (value) => typeof value === "string");
export const whole = that("a whole number", (value) => Number.isInteger(value) && (value as number) >= 0);
export const number = that("a number", (value) => typeof value === "number");
export const yesNo = that("true or false", (value) => typeof value === "boolean");
export const anything: Check = (value, at) => (value === undefined ? `${at} is missing` : undefined);
/** An object of any fields. */
export const object = that("an object", isObject);

export const oneOf = (...values: readonly unknown[]): Check =>
  that(`one of ${values.map(show).join(", ")}`, (value) => values.includes(value));

export const matching = (pattern: RegExp): Check =>
  that(`like ${pattern}`, (value) => typeof value === "string" && pattern.test(value));

export const list =
  (of: Check): Check =>
  (value, at) =>
    Array.isArray(value)
      ? first(value.map((item, i) => () => of(item, `${at}[${i}]`)))
      : `${at} is not a list: ${show(value)}`;

export const tuple =
  (...of: readonly Check[]): Check =>
  (value, at) =>
    Array.isArray(value) && value.length === of.length
      ? first(of.map((check, i) => () => check(value[i], `${at}[${i}]`)))
      : `${at} is not a list of ${of.length}: ${show(value)}`;

export const mapOf =
  (of: Check): Check =>
  (value, at) =>
    isObject(value)
      ? first(
          Object.entries(value).map(
            ([key, item]) =>
              () =>
                of(item, `${at}.${key}`),
          ),
        )
      : `${at} is not an object: ${show(value)}`;

export const either =
  (...checks: readonly Check[]): Check =>
  (value, at) => {
    const faults = checks.map((check) => check(value, at));
    return faults.includes(undefined) ? undefined : faults.join("; or ");
  };

/** Exactly these fields, no other; a name that ends in `?` may be absent. */
export const record =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, at) => {
    if (!isObject(value)) return `${at} is not an object: ${show(value)}`;
    const known = new Map(Object.entries(fields).map(([name, check]) => [name.replace(/\?$/, ""), check]));
    const extra = Object.keys(value).find((name) => !known.has(name));
    if (extra !== undefined) return `${at}.${extra} is not in the protocol`;
    return first(
      [...known].map(([name, check]) => () => {
        if (value[name] !== undefined) return check(value[name], `${at}.${name}`);
        return fields[name] === undefined ? undefined : `${at}.${name} is missing`;
      }),
    );
  };

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const fault = check();
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** type/subtype → data. */
export const mimeBundle: Check = (value, at) => {
  if (!isObject(value)) return `${at} is not an object: ${show(value)}`;
  const odd = Object.keys(value).find((mime) => !/^[\w.+-]+\/[\w.+-]+$/.test(mime));
  return odd === undefined ? undefined : `${at}: ${odd} is not a MIME type`;
};

/** ename, evalue, traceback: of the `error` message, of failed replies, of failed expressions. */
export const ERROR = { ename: text, evalue: text, traceback: list(text) };

/** The reply of a request that succeeded, or that failed. */
export const reply = (fields: Readonly<Record<string, Check>>): Check =>
  either(record({ status: oneOf("ok"), ...fields }), record({ status: oneOf("error"), ...ERROR }));
