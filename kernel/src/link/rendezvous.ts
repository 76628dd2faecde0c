/**
 * Keeps three pipes in program order. The writer puts barrier n into all of them; what a pipe brings
 * after its barrier n waits here until every other pipe has brought its own barrier n (or ended).
 */
export class Rendezvous<T> {
  readonly #lanes: Lane<T>[];
  readonly #deliver: (item: T) => void;

  constructor(lanes: number, deliver: (item: T) => void) {
    this.#lanes = Array.from({ length: lanes }, () => ({ ended: false, waiting: [] }));
    this.#deliver = deliver;
  }

  /** An item of a lane: delivered now, or when the lanes have met. */
  item(lane: number, item: T): void {
    const own = this.#lanes[lane];
    if (own.waiting.length > 0) own.waiting.push({ item });
    else this.#deliver(item);
  }

  barrier(lane: number, serial: number): void {
    this.#lanes[lane].waiting.push({ serial });
    this.#advance();
  }

  end(lane: number): void {
    this.#lanes[lane].ended = true;
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      const heads = this.#lanes.map((lane) => lane.waiting[0]);
      const meets = this.#lanes.every((lane, i) => heads[i] !== undefined || lane.ended);
      if (!meets || heads.every((head) => head === undefined)) return;
      const serial = Math.min(...heads.map((head) => (head && "serial" in head ? head.serial : Infinity)));
      if (serial === Infinity) return;
      this.#lanes.forEach((lane, i) => {
        const head = heads[i];
        if (head && "serial" in head && head.serial === serial) this.#release(lane);
      });
    }
  }

  /** Past its barrier, a lane delivers until its next one. */
  #release(lane: Lane<T>): void {
    lane.waiting.shift();
    for (let next = lane.waiting[0]; next !== undefined && "item" in next; next = lane.waiting[0]) {
      lane.waiting.shift();
      this.#deliver(next.item);
    }
  }
}

interface Lane<T> {
  readonly waiting: ({ readonly item: T } | { readonly serial: number })[];
  ended: boolean;
}
