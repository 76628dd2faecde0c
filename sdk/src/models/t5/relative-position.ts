import { fromArray, type Tensor } from "../../graph/index.js";
import type { Embedding } from "../../nn/index.js";
import { add, arange, clip, gather, reshape, sub, transpose } from "../../ops/index.js";
import { hostArray } from "../../tensor/index.js";
import type { T5Config } from "./config.js";

type Buckets = Pick<T5Config, "buckets" | "maxDistance">;

/**
 * The bucket of a key `offset` positions behind its query (negative: before it). Half of the buckets hold one distance
 * each, the others grow logarithmically up to `maxDistance`. Both ways, the upper half is for keys behind the query.
 *
 * @param offset key position − query position
 * @source Raffel et al. 2020, §2.1; the float32 roundings are those of Hugging Face's implementation
 */
export function bucketOf(offset: number, { buckets, maxDistance }: Buckets, bothWays: boolean): number {
  const count = bothWays ? buckets / 2 : buckets;
  const base = bothWays && offset > 0 ? count : 0;
  const distance = bothWays ? Math.abs(offset) : Math.max(0, -offset);
  const exact = Math.floor(count / 2);
  if (distance < exact) return base + distance;
  const ratio = Math.fround(Math.log(Math.fround(distance / exact)));
  const share = Math.fround(ratio / Math.fround(Math.log(maxDistance / exact)));
  return base + Math.min(count - 1, exact + Math.trunc(Math.fround(share * (count - exact))));
}

/**
 * Buckets of every pair of positions, the queries the last T of the S: those of all distances up to `maxDistance`, beyond which they are equal, looked up.
 *
 * @returns int32 [T, S]
 */
export function bucketTable(queries: number, keys: number, config: Buckets, bothWays: boolean): Tensor {
  const reach = config.maxDistance;
  const buckets = Int32Array.from({ length: 2 * reach + 1 }, (_, i) => bucketOf(i - reach, config, bothWays));
  const offsets = sub(
    reshape(arange(keys), [1, keys]),
    reshape(arange(queries, { start: keys - queries }), [queries, 1]),
  );
  return gather(
    fromArray(hostArray(buckets, [2 * reach + 1])),
    add(clip(offsets, { min: -reach, max: reach }), reach),
  );
}

/** What is added to the scores. @param table a row for each bucket, a column for each head @returns [1, H, T, S] */
export function positionBias(table: Embedding, buckets: Tensor): Tensor {
  const [queries, keys] = buckets.shape;
  return reshape(transpose(table.lookup(buckets), [2, 0, 1]), [1, table.width, queries, keys]);
}
