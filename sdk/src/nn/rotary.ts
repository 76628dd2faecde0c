import { fromArray, type Tensor } from "../graph/index.js";
import { rotaryFrequencies, type RotaryScaling } from "./rotary-scaling.js";

export interface RotaryTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/**
 * Rotary tables: row p, column i holds cos and sin of p · theta^(−2i/width). A scaling changes the frequencies
 * (and for yarn the amplitude) as {@link rotaryFrequencies} says, so that positions reach further.
 *
 * @param width     head width E, or the part of it that turns (even)
 * @param positions rows to make
 * @param theta     base; 10000 in Su et al. 2021
 * @returns cos, sin [positions, width/2]
 * @source values: tests/golden/layers.json, rotary.json
 */
export function rotaryTables(
  width: number,
  positions: number,
  theta = 10000,
  scaling?: RotaryScaling,
): RotaryTables {
  const half = width / 2;
  const { frequencies, amplitude } = rotaryFrequencies(width, positions, theta, scaling);
  const table = (f: (angle: number) => number): Tensor =>
    fromArray({
      dtype: "float32",
      shape: [positions, half],
      // The angle is rounded to float32 first, as the reference implementations do.
      data: Float32Array.from(
        { length: positions * half },
        (_, at) => amplitude * f(Math.fround(Math.floor(at / half) * Math.fround(frequencies[at % half]))),
      ),
    });
  return { cos: table(Math.cos), sin: table(Math.sin) };
}
