/** A text and the class it belongs to. */
export interface Labelled {
  readonly text: string;
  readonly label: string;
}

/**
 * Multinomial naive Bayes over words and pairs of words, with add-one smoothing: the bag-of-words baseline.
 *
 * @source Wang and Manning 2012, "Baselines and Bigrams"
 */
export class NaiveBayes {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #totals = new Map<string, number>();
  readonly #rows = new Map<string, number>();
  readonly #vocabulary = new Set<string>();

  constructor(rows: readonly Labelled[]) {
    for (const { text, label } of rows) {
      const counts = this.#counts.get(label) ?? new Map<string, number>();
      this.#counts.set(label, counts);
      this.#rows.set(label, (this.#rows.get(label) ?? 0) + 1);
      for (const term of termsOf(text)) {
        this.#vocabulary.add(term);
        counts.set(term, (counts.get(term) ?? 0) + 1);
        this.#totals.set(label, (this.#totals.get(label) ?? 0) + 1);
      }
    }
  }

  /** The most likely class. */
  classify(text: string): string {
    const terms = termsOf(text).filter((term) => this.#vocabulary.has(term));
    let best = { label: "", score: -Infinity };
    for (const [label, counts] of this.#counts) {
      const total = (this.#totals.get(label) ?? 0) + this.#vocabulary.size;
      const prior = Math.log(this.#rows.get(label) ?? 0);
      const score = terms.reduce((sum, term) => sum + Math.log(((counts.get(term) ?? 0) + 1) / total), prior);
      if (score > best.score) best = { label, score };
    }
    return best.label;
  }

  accuracy(rows: readonly Labelled[]): number {
    return rows.filter(({ text, label }) => this.classify(text) === label).length / rows.length;
  }
}

function termsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  return [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)];
}
