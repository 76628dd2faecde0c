import {
  field,
  readFields,
  requireField,
  schemasOf,
  seed,
  share,
  stopTexts,
  temperature,
  wholeNumber,
} from "../fields.js";
import { encodeText, roomFor, seedOf, stopsOf } from "../generation.js";
import { badField } from "../refusal.js";
import type { Route } from "./route.js";

const INPUT_WORDS = "a text, or an array of texts";
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string");

const FIELDS = {
  input: field<string | readonly string[]>(
    { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }] },
    INPUT_WORDS,
    (value) => typeof value === "string" || isTexts(value),
  ),
  maxNewTokens: wholeNumber(1),
  temperature,
  topK: wholeNumber(1),
  topP: share,
  seed,
  stop: stopTexts,
};

/** `POST /predict`: text in, text out, with the option names of `model.generate`. */
export const predict: Route = {
  method: "POST",
  path: "/predict",
  summary: "Continue a text, or each of several.",
  body: { type: "object", required: ["input"], properties: schemasOf(FIELDS) },
  async handle({ scheduler, settings, signal, body }) {
    const values = readFields(body, FIELDS, { strict: true });
    const input = requireField(values.input, "input", INPUT_WORDS);
    const texts = [input].flat();
    if (texts.length > scheduler.room) {
      throw badField(
        "input",
        `${texts.length} texts are more than the ${scheduler.room} that can be taken on.`,
      );
    }
    const { maxNewTokens = settings.defaultMaxTokens, temperature: heat = 0, topK, topP } = values;
    const requests = texts.map((value, index) => {
      const param = typeof input === "string" ? "input" : `input[${index}]`;
      const ids = encodeText(scheduler, value, param);
      return {
        ids,
        maxNewTokens: roomFor(ids, maxNewTokens, scheduler, param),
        sampling: { temperature: heat, ...(topK ? { topK } : {}), ...(topP ? { topP } : {}) },
        seed: seedOf(values.seed),
        stop: stopsOf(values.stop),
        stopTokens: [],
        signal,
      };
    });
    const outputs = (await Promise.all(scheduler.submit(requests))).map((result) => result.text);
    return { json: { output: typeof input === "string" ? outputs[0] : outputs } };
  },
};
