import { fromNumbers, type HostArray } from "gradlab";

/** The weight that make_models.py makes of a name: float32(shift + scale · u), u from a generator seeded by it. */
export function goldenWeight(name: string, shape: readonly number[], scale = 0.5, shift = 0): HostArray {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(name)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  const size = shape.reduce((product, dim) => product * dim, 1);
  const values = Float64Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return shift + scale * ((state >>> 8) / 2 ** 24 - 0.5);
  });
  return fromNumbers(values, shape);
}

/** Tables are wider, norms lie around one (or around zero, where one is added to them). */
export function goldenParameter(name: string, shape: readonly number[], modelType: unknown): HostArray {
  if (/embed_tokens|embeddings|lm_head/.test(name)) return goldenWeight(name, shape, 1);
  if (/norm/.test(name)) return goldenWeight(name, shape, 0.5, modelType === "gemma" ? 0 : 1);
  if (name.endsWith("A_log")) return goldenWeight(name, shape, 1, 0.5);
  if (name.endsWith(".D")) return goldenWeight(name, shape, 0.5, 1);
  return goldenWeight(name, shape);
}
