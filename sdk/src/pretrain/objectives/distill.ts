import { GradlabError } from "../../errors.js";
import { createModel, hashWeights, loadModel, readTokenizer } from "../../models/index.js";
import { add, div, klDivergence, mul, reshape, stopGradient, tokenLosses } from "../../ops/index.js";
import { trainingFlopsPerToken } from "../measure-peak.js";
import type { DistillObjective, PretrainRecipe } from "../recipe.js";
import type { Learner } from "./learner.js";

/**
 * What a teacher expects of every position: w · τ² · D(p_teacher/τ ‖ p_student/τ) + (1 − w) · −ln p_student(target), the
 * factor τ² keeping the gradients' size. Held-out files are measured as for the next token.
 *
 * @throws what loadModel throws for the teacher; E_CONFIG when the vocabularies differ
 * @source Hinton, Vinyals and Dean 2015
 */
export async function distillLearner(recipe: PretrainRecipe, objective: DistillObjective): Promise<Learner> {
  const { id, config, seed = 42 } = recipe;
  const { temperature = 1, weight = 0.5 } = objective;
  const tokenizer = await readTokenizer(recipe.tokenizer);
  const student = createModel(config, { seed, id, tokenizer });
  const teacher = await loadModel(objective.teacher);
  const { vocabSize, layers, width } = student.config;
  if (teacher.config.vocabSize !== vocabSize)
    throw new GradlabError(
      "E_CONFIG",
      `${objective.teacher} has ${teacher.config.vocabSize} tokens, the student ${vocabSize}.`,
      { where: "objective.teacher", hint: "Teacher and student must share a tokenizer." },
    );
  const parameters = student.paramCount;
  const teacherWeights = await hashWeights(teacher);
  return {
    model: student,
    tokenizer,
    losses: (ids, targets) => {
      const rows = [ids.shape[0] * ids.shape[1], vocabSize];
      const said = reshape(student.forward(ids), rows);
      const expected = stopGradient(reshape(teacher.forward(ids), rows));
      const apart = klDivergence(div(expected, temperature), div(said, temperature), { reduction: "none" });
      const own = tokenLosses(said, reshape(targets, [rows[0]]));
      return add(mul(apart, weight * temperature ** 2), mul(own, 1 - weight));
    },
    heldOut: (ids, targets) => student.losses(ids, targets),
    // the teacher only looks forward: a third of what training it would cost
    flopsPerToken: (window) =>
      trainingFlopsPerToken({ parameters, layers, width, window }) +
      trainingFlopsPerToken({ parameters: teacher.paramCount, ...teacher.config, window }) / 3,
    prepare: (batch) => batch,
    readsOn: true,
    ...(teacherWeights === undefined ? {} : { teacherWeights }),
  };
}
