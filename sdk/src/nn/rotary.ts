import { fromArray, type Tensor } from "../graph/index.js";

export interface RotaryTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/**
 * Rotary tables: row p, column i holds cos and sin of p · theta^(−2i/width).
 *
 * @param width     head width E (even)
 * @param positions rows to make
 * @param theta     base; 10000 in Su et al. 2021
 * @returns cos, sin [positions, width/2]
 */
export function rotaryTables(width: number, positions: number, theta = 10000): RotaryTables {
  const half = width / 2;
  const table = (f: (angle: number) => number): Tensor =>
    fromArray({
      dtype: "float32",
      shape: [positions, half],
      // The angle is rounded to float32 first, as the reference implementations do.
      data: Float32Array.from({ length: positions * half }, (_, at) =>
        f(Math.fround(Math.floor(at / half) * Math.fround(theta ** ((-2 * (at % half)) / width)))),
      ),
    });
  return { cos: table(Math.cos), sin: table(Math.sin) };
}
