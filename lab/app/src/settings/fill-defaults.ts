/** A JSON schema, or a part of one; only what says where defaults go is read. */
export interface Schema {
  readonly $ref?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema | boolean>>;
  readonly patternProperties?: Readonly<Record<string, Schema | boolean>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema | boolean | readonly (Schema | boolean)[];
  readonly allOf?: readonly (Schema | boolean)[];
}

type Part = Schema | boolean | undefined;
type Fields = Record<string, unknown>;

/**
 * Puts the defaults of `schema` where `data` has nothing, as Ajv's option `useDefaults` does: of properties and of items by
 * place, at any depth; those below `anyOf`, `oneOf`, `not` and `if` count for nothing.
 */
export function fillDefaults(schema: Part, data: unknown, root: Part = schema): void {
  if (typeof schema !== "object") return;
  const go = (part: Part, value: unknown): void => fillDefaults(part, value, root);
  if (schema.$ref !== undefined) go(refersTo(schema.$ref, root), data);
  for (const part of schema.allOf ?? []) go(part, data);
  if (Array.isArray(data)) {
    const { items } = schema;
    if (isList(items)) items.forEach((part, i) => fillIn(part, data as unknown as Fields, String(i), go));
    else for (const value of data) go(items, value);
  } else if (isFields(data)) fillFields(schema, data, go);
}

function fillFields(schema: Schema, data: Fields, go: (part: Part, value: unknown) => void): void {
  const { properties = {}, patternProperties = {}, additionalProperties } = schema;
  for (const [name, part] of Object.entries(properties)) fillIn(part, data, name, go);
  const patterns = Object.entries(patternProperties).map(
    ([source, part]) => [new RegExp(source, "u"), part] as const,
  );
  for (const [name, value] of Object.entries(data)) {
    const matching = patterns.filter(([pattern]) => pattern.test(name));
    for (const [, part] of matching) go(part, value);
    if (matching.length === 0 && !Object.hasOwn(properties, name)) go(additionalProperties, value);
  }
}

function fillIn(part: Part, data: Fields, name: string, go: (part: Part, value: unknown) => void): void {
  if (data[name] === undefined && typeof part === "object" && part.default !== undefined)
    data[name] = JSON.parse(JSON.stringify(part.default)); // a tenth of structuredClone's time
  if (data[name] !== undefined) go(part, data[name]);
}

/** `#/definitions/x`: the only kind that the schemas of settings have. */
function refersTo(ref: string, root: Part): Part {
  const names = ref.split("/").slice(1);
  const found = names.reduce<unknown>((at, name) => (isFields(at) ? at[name] : undefined), root);
  return found as Part;
}

const isList = (value: unknown): value is readonly Part[] => Array.isArray(value);

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
