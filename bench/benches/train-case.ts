/** One training problem, read by every peer (peers/torch_train.py, cases/gradlab-train.ts) as JSON. */
export interface TrainCase {
  readonly model: "gpt2" | "llama";
  readonly layers: number;
  readonly d: number;
  readonly heads: number;
  readonly ff: number;
  /** Tokens of a sequence, T. */
  readonly length: number;
  readonly batch: number;
  readonly vocab: number;
  readonly lr: number;
  readonly weightDecay: number;
  /** 0: every matrix is trained. Otherwise LoRA on q_proj and v_proj; both factors start random (std 0.02), so that both get a gradient at once. */
  readonly rank: number;
  readonly alpha: number;
  readonly threads: number;
}

/** GPT-2 style: learned positions, tanh GELU, tied head; every parameter trained by AdamW(0.9, 0.95, 1e-8). */
export function caseA(threads: number): TrainCase {
  const size = { layers: 4, d: 256, heads: 4, ff: 1024, length: 128, batch: 16, vocab: 4096 };
  return { model: "gpt2", ...size, lr: 3e-4, weightDecay: 0.1, rank: 0, alpha: 0, threads };
}

/** Llama style: RMS norm, rotary positions, SwiGLU, untied; the base is frozen, LoRA r = 8 on q and v. */
export function caseB(threads: number): TrainCase {
  const size = { layers: 12, d: 768, heads: 12, ff: 2048, length: 256, batch: 4, vocab: 32000 };
  return { model: "llama", ...size, lr: 3e-4, weightDecay: 0.1, rank: 8, alpha: 16, threads };
}

/** B with six layers, every matrix trained: 92 million parameters. The gains of the norms stay at one. */
export function caseC(threads: number): TrainCase {
  return { ...caseB(threads), layers: 6, rank: 0, alpha: 0 };
}

/** One small layer under a large vocabulary: the token table and the head are 98 % of the 4.2 M parameters. */
export function caseEmbedding(threads: number): TrainCase {
  const size = { layers: 1, d: 64, heads: 4, ff: 256, length: 64, batch: 4, vocab: 32000 };
  return { model: "llama", ...size, lr: 3e-4, weightDecay: 0.1, rank: 0, alpha: 0, threads };
}
