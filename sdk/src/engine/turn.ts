let lastUpdate: Promise<unknown> = Promise.resolve();
const reads = new Set<Promise<unknown>>();

/**
 * Runs that write over their inputs go alone; others may overlap. Without this two steps started
 * together would write into the same parameters at once, since runs happen on threads of their own.
 */
export function inTurn<T>(updates: boolean, run: () => Promise<T>): Promise<T> {
  const turn = Promise.allSettled(updates ? [lastUpdate, ...reads] : [lastUpdate]).then(run);
  if (updates) lastUpdate = turn;
  else {
    reads.add(turn);
    const leave = (): void => void reads.delete(turn);
    turn.then(leave, leave);
  }
  return turn;
}
