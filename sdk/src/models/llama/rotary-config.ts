import { readRotaryScaling, type RotaryScaling } from "../../nn/index.js";
import type { ConfigReader } from "../config-reader.js";

/** How queries and keys are rotated. */
export interface RotaryConfig {
  /** Leading columns of each head that are rotated. */
  readonly width: number;
  readonly theta: number;
  readonly scaling: RotaryScaling | undefined;
}

/**
 * Reads `rope_theta`, `rope_scaling` and `partial_rotary_factor`; newer files keep all in `rope_parameters`.
 *
 * @throws E_UNSUPPORTED_ARCH for a kind of scaling that is not known; E_CONFIG for one that lacks a number
 */
export function readRotary(
  read: ConfigReader,
  headWidth: number,
  maxPositions: number,
  theta = 10_000,
): RotaryConfig {
  const field = read.raw("rope_parameters") ? "rope_parameters" : "rope_scaling";
  const stated = read.raw(field) as Readonly<Record<string, unknown>> | null | undefined;
  const kind = (stated?.rope_type ?? stated?.type ?? "default") as string;
  if (!KINDS.includes(kind)) throw read.refusal(field, `Supported kinds: ${KINDS.join(", ")}.`);
  const inside = (name: string): number | undefined => stated?.[name] as number | undefined;
  const part = inside("partial_rotary_factor") ?? read.number("partial_rotary_factor", 1);
  // Phi-3 states here what its scaling starts from.
  const original = read.index("original_max_position_embeddings", maxPositions);
  return {
    width: Math.floor(headWidth * part),
    theta: inside("rope_theta") ?? read.number("rope_theta", theta),
    scaling: kind === "default" ? undefined : readRotaryScaling(stated, original),
  };
}

const KINDS: readonly string[] = ["default", "linear", "dynamic", "yarn", "llama3"];
