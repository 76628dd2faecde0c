/** One writer of a file at a time; those that wait go in the order they came. */
export class PathLocks {
  readonly #last = new Map<string, Promise<void>>();

  async run<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(path) ?? Promise.resolve();
    const result = before.then(work);
    const settled = result.then(
      () => {},
      () => {},
    );
    this.#last.set(path, settled);
    try {
      return await result;
    } finally {
      if (this.#last.get(path) === settled) this.#last.delete(path);
    }
  }
}
