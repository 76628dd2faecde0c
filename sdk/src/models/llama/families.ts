/** What one `model_type` of the family is where its config.json is silent, and what no field of it can change. */
export interface Family {
  readonly maxPositions: number;
  readonly eps: number;
  readonly tiedHead?: boolean;
  /** Key/value heads; default: as many as heads. */
  readonly groups?: number;
  /** Default: width / heads. */
  readonly headWidth?: number;
  /** Queries, keys and values carry a bias whatever the config says. */
  readonly qkvBias?: boolean;
  /** Each head of queries and keys is normalized before it is rotated. */
  readonly headNorms?: boolean;
  /** Queries, keys and values are one matrix, and so are gate and up. */
  readonly packed?: boolean;
  /** Blocks may see a `sliding_window` of keys: this many by default, where the field `switch` is true. */
  readonly window?: { readonly size?: number; readonly switch?: string };
  /** The rotation's base. Default 10 000. */
  readonly theta?: number;
  /** Each block's feed-forward is a mixture of `num_local_experts`. */
  readonly experts?: boolean;
  /** Norms multiply by 1 + weight, and embeddings by √width. */
  readonly gemma?: boolean;
}

const QWEN_WINDOW = { size: 4096, switch: "use_sliding_window" };

/** Defaults are those of Hugging Face's configuration classes. */
export const FAMILIES = {
  llama: { maxPositions: 2048, eps: 1e-6 },
  mistral: { maxPositions: 131_072, eps: 1e-6, groups: 8, window: { size: 4096 } },
  mixtral: { maxPositions: 131_072, eps: 1e-5, groups: 8, theta: 1e6, window: {}, experts: true },
  qwen2: { maxPositions: 32_768, eps: 1e-6, qkvBias: true, window: QWEN_WINDOW },
  qwen3: { maxPositions: 32_768, eps: 1e-6, headWidth: 128, headNorms: true, window: QWEN_WINDOW },
  phi3: { maxPositions: 4096, eps: 1e-5, packed: true, window: {} },
  gemma: { maxPositions: 8192, eps: 1e-6, headWidth: 256, groups: 16, tiedHead: true, gemma: true },
} as const satisfies Readonly<Record<string, Family>>;

export type FamilyName = keyof typeof FAMILIES;
