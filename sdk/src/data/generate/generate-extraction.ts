import type { Random } from "../../tensor/index.js";
import { between, drawUnique, pick, type SyntheticOptions } from "./draw-unique.js";

/** The subset of JSON Schema that the generated schemas use. */
export interface FieldSchema {
  readonly type: "string" | "integer" | "number" | "boolean" | "array";
  readonly enum?: readonly string[];
  readonly items?: { readonly type: "string" };
}

export interface ExtractionSchema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, FieldSchema>>;
  readonly required: readonly string[];
}

type Json = string | number | boolean | readonly string[];

export interface ExtractionRow {
  readonly prompt: string;
  /** The object as JSON, its fields in the order of the schema. */
  readonly completion: string;
  readonly text: string;
  readonly schema: ExtractionSchema;
  readonly value: Readonly<Record<string, Json>>;
  readonly kind: string;
}

interface Field {
  readonly schema: FieldSchema;
  readonly draw: (random: Random) => Json;
}

interface Kind {
  readonly fields: Readonly<Record<string, Field>>;
  /** Several ways to say it; `{field}` is filled in. A field in [brackets] may be left out with what is around it. */
  readonly texts: readonly string[];
}

const words = (text: string): readonly string[] => text.split(" ");
const FIRST = words(
  "Ana Ben Chen Dina Emil Farah Goran Hana Ivan Jana Kofi Lena Mira Nils Omar Priya Rosa Sami Tara Yuki",
);
const LAST = words(
  "Adler Berg Costa Duarte Eriksen Fuchs Garcia Haddad Ito Jansen Kim Lopez Moreau Novak Okafor Rossi",
);
const CITIES = words(
  "Bern Cairo Delhi Geneva Lagos Lima Lisbon Madrid Nairobi Oslo Prague Quito Seoul Turin Vienna Zagreb",
);
const ITEMS = words(
  "lamps chairs notebooks kettles keyboards scarves mugs tents candles backpacks umbrellas puzzles",
);
const MONTHS = words("January February March April May June July August September October November December");

const text = (items: readonly string[]): Field => ({
  schema: { type: "string" },
  draw: (random) => pick(random, items),
});
const choice = (items: readonly string[]): Field => ({
  schema: { type: "string", enum: items },
  draw: (random) => pick(random, items),
});
const integer = (low: number, high: number): Field => ({
  schema: { type: "integer" },
  draw: (random) => between(random, low, high),
});
const price = (low: number, high: number): Field => ({
  schema: { type: "number" },
  draw: (random) => between(random, low * 100, high * 100) / 100,
});
const name: Field = {
  schema: { type: "string" },
  draw: (random) => `${pick(random, FIRST)} ${pick(random, LAST)}`,
};
const date: Field = {
  schema: { type: "string" },
  draw: (random) => `${between(random, 1, 28)} ${pick(random, MONTHS)} ${between(random, 2018, 2030)}`,
};
const time: Field = {
  schema: { type: "string" },
  draw: (random) => `${between(random, 8, 19)}:${pick(random, ["00", "15", "30", "45"])}`,
};
const list = (items: readonly string[]): Field => ({
  schema: { type: "array", items: { type: "string" } },
  draw: (random) => {
    const at = random.integer(items.length);
    return Array.from({ length: between(random, 1, 3) }, (_, i) => items[(at + i * 5) % items.length]);
  },
});

const KINDS: Readonly<Record<string, Kind>> = {
  order: {
    fields: {
      customer: name,
      item: text(ITEMS),
      quantity: integer(2, 90),
      total: price(10, 900),
      city: text(CITIES),
    },
    texts: [
      "{customer} from {city} ordered {quantity} {item}[ for {total} euros].",
      "Please send {quantity} {item} to {customer}[ in {city}]; the bill is {total} euros.",
      "Order received: {quantity} {item}, {total} euros in all, for {customer}[, {city}].",
    ],
  },
  meeting: {
    fields: {
      title: text(words("budget design hiring marketing planning research safety sales")),
      date,
      time,
      room: integer(1, 60),
      guests: list(FIRST),
    },
    texts: [
      "The {title} meeting is on {date} at {time}[ in room {room}] with {guests}.",
      "On {date} we meet about {title}: {time}[, room {room}]. Invited: {guests}.",
      "{guests} will talk about {title}[ in room {room}] on {date}, starting at {time}.",
    ],
  },
  person: {
    fields: {
      name,
      age: integer(18, 90),
      job: text(words("baker carpenter dentist farmer nurse painter pilot teacher translator welder")),
      city: text(CITIES),
      languages: list(
        words("Arabic Chinese Dutch English French German Hindi Italian Japanese Korean Polish Spanish"),
      ),
    },
    texts: [
      "{name}, {age}, works as a {job}[ in {city}] and speaks {languages}.",
      "My name is {name}. I am {age} years old[ and live in {city}]. I am a {job} and know {languages}.",
      "Languages: {languages}. {name} is {age} and earns a living as a {job}[ in {city}].",
    ],
  },
  trip: {
    fields: {
      from: text(CITIES.slice(0, 8)),
      to: text(CITIES.slice(8)),
      date,
      by: choice(["train", "bus", "plane", "ship"]),
      price: price(15, 700),
    },
    texts: [
      "On {date} there is a {by} from {from} to {to}[; a ticket costs {price} euros].",
      "I want to go to {to} by {by}, leaving {from} on {date}[, for at most {price} euros].",
      "Ticket: {from} – {to}, {date}, {by}[, {price} euros].",
    ],
  },
  ticket: {
    fields: {
      number: integer(1000, 99999),
      product: text(words("camera dishwasher headset laptop monitor phone printer router scanner tablet")),
      priority: choice(["low", "normal", "high"]),
      reporter: name,
      days: integer(1, 30),
    },
    texts: [
      "Ticket {number}: {reporter} says the {product} has been broken[ for {days} days]. Priority {priority}.",
      "{reporter} opened ticket {number} about a {product} with {priority} priority[, {days} days ago].",
      "A {product} does not start. Reported by {reporter} as number {number}[ {days} days ago], priority {priority}.",
    ],
  },
  weather: {
    fields: {
      city: text(CITIES),
      sky: choice(["sunny", "cloudy", "rainy", "snowy"]),
      low: integer(-15, 12),
      high: integer(13, 38),
      wind: integer(2, 90),
    },
    texts: [
      "{city} will be {sky}, {low} to {high} degrees[, with winds of {wind} km/h].",
      "Expect {sky} weather in {city}: at night {low}, by day {high} degrees[, wind {wind} km/h].",
      "Tomorrow in {city}: lowest {low}, highest {high} degrees, {sky}[ and wind at {wind} km/h].",
    ],
  },
};

/**
 * Sentences with facts, a schema, and the facts as JSON that fits the schema. A field that the sentence leaves out is
 * not in the JSON, and not required by the schema.
 *
 * @throws E_CONFIG for options out of range, or more rows than there are
 * @example
 * const [row] = generateExtraction({ count: 1, seed: 1 });
 * JSON.parse(row.completion) // the same as row.value
 */
export function generateExtraction(options: SyntheticOptions): ExtractionRow[] {
  return drawUnique(options, "extraction", drawRow, ({ value }) =>
    Object.values(value).map(String).sort().join("|"),
  );
}

function drawRow(random: Random): ExtractionRow {
  const kind = pick(random, Object.keys(KINDS));
  const { fields, texts } = KINDS[kind];
  const template = pick(random, texts);
  const brief = random.integer(3) === 0;
  const shown = brief ? template.replace(/\[[^\]]*\]/g, "") : template.replace(/[[\]]/g, "");
  const optional = [...template.matchAll(/\[[^\]]*\{(\w+)\}[^\]]*\]/g)].map(([, field]) => field);
  const drawn = Object.entries(fields).map(([field, { draw }]) => [field, draw(random)] as const);
  const value = Object.fromEntries(drawn.filter(([field]) => shown.includes(`{${field}}`)));
  const sentence = shown.replace(/\{(\w+)\}/g, (_, field: string) => written(value[field]));
  const schema: ExtractionSchema = {
    type: "object",
    properties: Object.fromEntries(Object.entries(fields).map(([field, entry]) => [field, entry.schema])),
    required: Object.keys(fields).filter((field) => !optional.includes(field) && field in value),
  };
  const prompt = `Text: ${sentence}\nSchema: ${JSON.stringify(schema)}\nJSON:`;
  return { prompt, completion: ` ${JSON.stringify(value)}`, text: sentence, schema, value, kind };
}

function written(value: Json): string {
  if (typeof value !== "object") return String(value);
  return value.length < 2
    ? value.join("")
    : `${value.slice(0, -1).join(", ")} and ${value[value.length - 1]}`;
}
