/**
 * Tokens → text as they arrive. A character whose bytes are spread over several tokens comes out when its last
 * byte is there, so that no half characters are shown.
 *
 * @example
 * const stream = tokenizer.stream();
 * for (const id of ids) process.stdout.write(stream.push(id));
 * process.stdout.write(stream.flush());
 */
export class TokenStream {
  readonly #bytesOf: (id: number) => Uint8Array;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(bytesOf: (id: number) => Uint8Array) {
    this.#bytesOf = bytesOf;
  }

  /** The text this token completes; "" while a character is incomplete. */
  push(id: number): string {
    return this.#decoder.decode(this.#bytesOf(id), { stream: true });
  }

  /** What is left when no more tokens come; an incomplete character shows as U+FFFD. */
  flush(): string {
    return this.#decoder.decode();
  }
}
