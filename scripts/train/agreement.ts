import {
  argMax,
  cast,
  equal,
  exp,
  type LanguageModel,
  logSoftmax,
  minimum,
  reshape,
  sum,
  type Tensor,
  tokenLosses,
} from "gradlab";

/** Sums over all positions of a batch, each a lazy scalar. */
export interface AgreementSums extends Readonly<Record<string, Tensor>> {
  /** −ln of what the draft, and the teacher, give to the next token. */
  readonly nats: Tensor;
  readonly teacherNats: Tensor;
  /** Positions where both expect the same token most. */
  readonly agreed: Tensor;
  /** Σₓ min(p(x), q(x)): the chance that the teacher takes a token drawn by the draft. */
  readonly accepted: Tensor;
}

/**
 * How far a draft model says what its teacher says, position by position.
 *
 * @param ids int32 [B, T] @param targets int32 [B, T]: what follows each position
 * @source Leviathan, Kalman and Matias 2023, corollary 3.6
 */
export function agreementOf(
  { draft, teacher }: Readonly<Record<"draft" | "teacher", LanguageModel>>,
  ids: Tensor,
  targets: Tensor,
): AgreementSums {
  const rows = ids.shape[0] * ids.shape[1];
  const next = reshape(targets, [rows]);
  const [q, p] = [draft, teacher].map((model) => reshape(model.forward(ids), [rows, model.config.vocabSize]));
  return {
    nats: sum(tokenLosses(q, next)),
    teacherNats: sum(tokenLosses(p, next)),
    agreed: sum(cast(equal(argMax(q, { axis: -1 }), argMax(p, { axis: -1 })), "float32")),
    accepted: sum(minimum(exp(logSoftmax(q)), exp(logSoftmax(p)))),
  };
}
