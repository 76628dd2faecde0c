/**
 * The answer to the latest question, for who asks it again: front ends do so for each key that changes nothing, and one
 * page more for the same place. A question must name all that its answer depends on.
 */
export class LatestAnswer<T> {
  #question: string | undefined;
  #answer: Promise<T> | undefined;

  /** The answer that is there or on its way, else that of `find`; a failure is no answer. */
  ask(question: string, find: () => Promise<T>): Promise<T> {
    if (this.#answer !== undefined && this.#question === question) return this.#answer;
    const answer = find();
    this.#question = question;
    this.#answer = answer;
    answer.catch(() => {
      if (this.#answer === answer) this.#answer = undefined;
    });
    return answer;
  }
}
