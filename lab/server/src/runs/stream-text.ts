/** Characters of printed text kept from its beginning and from its end. */
const HEAD = 4 * 1024 * 1024;
const TAIL = 4 * 1024 * 1024;

/** Printed text that grows: beyond the limits its middle is left out. */
export class StreamText {
  readonly #head: string[] = [];
  #headSize = 0;
  #tail: string[] = [];
  #tailSize = 0;
  #left = 0;

  add(text: string): void {
    const room = HEAD - this.#headSize;
    if (room > 0) {
      this.#head.push(text.slice(0, room));
      this.#headSize += Math.min(room, text.length);
    }
    if (text.length > room) this.#addTail(text.slice(room));
  }

  #addTail(text: string): void {
    this.#tail.push(text);
    this.#tailSize += text.length;
    if (this.#tailSize <= 2 * TAIL) return;
    const all = this.#tail.join("");
    this.#tail = [all.slice(-TAIL)];
    this.#left += all.length - TAIL;
    this.#tailSize = TAIL;
  }

  toString(): string {
    const note = this.#left === 0 ? "" : `\n[gradlab: ${this.#left} characters are left out here]\n`;
    return `${this.#head.join("")}${note}${this.#tail.join("")}`;
  }
}
