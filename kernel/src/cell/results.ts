/** The last result is `$_`, that of cell n is `$n`: plain variables of the notebook. */
export function keepResult(cell: string, value: unknown): void {
  const count = /^cell (\d+)$/.exec(cell)?.[1];
  if (count === undefined) return;
  for (const name of ["$_", `$${count}`]) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
}
