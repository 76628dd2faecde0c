import type { LayerReport } from "./quantize-layers.js";
import type { QuantReport } from "./report.js";

/** What a running quantization tells. */
export type QuantEvent =
  | { readonly type: "load"; readonly model: string; readonly bytes: number }
  | ({ readonly type: "layer"; readonly index: number; readonly of: number } & LayerReport)
  | {
      readonly type: "measure";
      /** Perplexity, the p50 of a decoding step in ms, or the share of equal top tokens. */
      readonly what: "perplexity" | "latency" | "agreement";
      readonly side: "before" | "after";
      readonly value: number;
    }
  | { readonly type: "warning"; readonly code: string; readonly message: string; readonly hint: string }
  | { readonly type: "done"; readonly report: QuantReport };
