import type { Change, TracedText } from "./traced-text.js";

export type UnicodeForm = "NFC" | "NFD" | "NFKC" | "NFKD";

interface Part {
  readonly char: string;
  /** 0 for the first part of a character, 1 for those behind it. */
  readonly change: number;
}

/**
 * A Unicode normal form, followed character by character: what is decomposed stands for the character it came from, what is
 * composed for the first of the characters it came from.
 *
 * @source Unicode Standard Annex 15; changes are counted as in the crate unicode-normalization-alignments
 */
export function traceUnicodeForm(text: TracedText, form: UnicodeForm): TracedText {
  const changed = text.text.normalize(form);
  return changed === text.text ? text : text.transform(changesOf(text.text, changed, form));
}

function changesOf(text: string, changed: string, form: UnicodeForm): Change[] {
  const decomposing = form === "NFC" ? "NFD" : form === "NFKC" ? "NFKD" : form;
  const parts = new PartQueues();
  for (const char of text)
    Array.from(char.normalize(decomposing)).forEach((part, i) => {
      parts.add({ char: part, change: i > 0 ? 1 : 0 });
    });
  const composes = form !== decomposing;
  return Array.from(changed, (char) => {
    const own = composes ? Array.from(char.normalize("NFD")) : [char];
    // Each part that is not there any more was swallowed.
    return [char, own.reduce((sum, part) => sum + parts.take(part), 1 - own.length)];
  });
}

/** Parts by character, first come first served: marks change places by class, but equal ones keep their order. */
class PartQueues {
  readonly #queues = new Map<string, { readonly changes: number[]; next: number }>();

  add({ char, change }: Part): void {
    const queue = this.#queues.get(char);
    if (queue) queue.changes.push(change);
    else this.#queues.set(char, { changes: [change], next: 0 });
  }

  take(char: string): number {
    const queue = this.#queues.get(char);
    return queue?.changes[queue.next++] ?? 0;
  }
}
