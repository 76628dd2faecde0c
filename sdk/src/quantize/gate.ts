import { shareOf, type QualityGate } from "./options.js";
import type { QuantReport } from "./report.js";

/** Which conditions a result does not meet; NaN meets none. */
export function failedConditions(
  gate: QualityGate,
  { bytes, quality }: Pick<QuantReport, "bytes" | "quality">,
): string[] {
  const failed: string[] = [];
  const { maxPerplexityIncrease, maxMeanKL, minCompression } = gate;
  if (maxPerplexityIncrease !== undefined) {
    const limit = 100 * shareOf(maxPerplexityIncrease);
    const grown = quality.perplexity?.deltaPct ?? NaN;
    if (!(grown <= limit)) failed.push(`perplexity grew by ${grown.toFixed(3)} %, allowed are ${limit} %`);
  }
  if (maxMeanKL !== undefined && !((quality.meanKL ?? NaN) <= maxMeanKL)) {
    failed.push(
      `the mean KL is ${quality.meanKL?.toExponential(2) ?? "unknown"} nats, allowed are ${maxMeanKL}`,
    );
  }
  if (minCompression !== undefined && !(bytes.ratio >= minCompression)) {
    failed.push(`the weights are ${bytes.ratio.toFixed(2)}× smaller, asked for are ${minCompression}×`);
  }
  return failed;
}
