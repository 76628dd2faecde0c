/** Layered drawing: boxes in rows so that every edge points down, with few crossings and short edges. */

export interface Edge {
  readonly from: number;
  readonly to: number;
}

/** Something with a place in a row: a box, or a bend of an edge that passes several rows. */
export interface Spot {
  readonly width: number;
  /** Rows count from the top. */
  readonly row: number;
  /** Its centre, from the left. */
  x: number;
}

export interface Layout {
  readonly spots: readonly Spot[];
  /** For each edge the spots it passes, from its first box to its last. */
  readonly routes: readonly (readonly number[])[];
  readonly rows: readonly (readonly number[])[];
}

const BEND = 6;
const GAP = 22;
/** Between two edges that pass side by side. */
const LANE = 5;
const SWEEPS = 12;

/** @param edges between boxes, each from one that is listed earlier */
export function layOut(widths: readonly number[], edges: readonly Edge[]): Layout {
  const row = rowsOf(widths.length, edges);
  const spots: Spot[] = widths.map((width, i) => ({ width, row: row[i], x: 0 }));
  const routes = edges.map(({ from, to }) => {
    const route = [from];
    for (let between = row[from] + 1; between < row[to]; between++) {
      route.push(spots.push({ width: BEND, row: between, x: 0 }) - 1);
    }
    return [...route, to];
  });
  const neighbours = neighboursOf(spots.length, routes);
  const rows = orderRows(spots, neighbours);
  place(spots, rows, neighbours);
  return { spots, routes, rows };
}

interface Neighbours {
  readonly above: readonly (readonly number[])[];
  readonly below: readonly (readonly number[])[];
}

/** As high as edges allow; what nothing points to sits right above its first reader. */
function rowsOf(count: number, edges: readonly Edge[]): number[] {
  const row = new Array<number>(count).fill(0);
  const sorted = [...edges].sort((a, b) => a.from - b.from);
  for (const { from, to } of sorted) row[to] = Math.max(row[to], row[from] + 1);
  const fed = new Set(edges.map(({ to }) => to));
  for (let i = 0; i < count; i++) {
    const readers = edges.filter(({ from }) => from === i).map(({ to }) => row[to]);
    if (!fed.has(i) && readers.length > 0) row[i] = Math.min(...readers) - 1;
  }
  return row;
}

function neighboursOf(count: number, routes: readonly (readonly number[])[]): Neighbours {
  const above = Array.from({ length: count }, (): number[] => []);
  const below = Array.from({ length: count }, (): number[] => []);
  for (const route of routes) {
    for (let i = 1; i < route.length; i++) {
      below[route[i - 1]].push(route[i]);
      above[route[i]].push(route[i - 1]);
    }
  }
  return { above, below };
}

/** Barycentric ordering (Sugiyama, Tagawa and Toda 1981): downwards and upwards in turn. */
function orderRows(spots: readonly Spot[], { above, below }: Neighbours): number[][] {
  const rows: number[][] = [];
  spots.forEach(({ row }, i) => (rows[row] ??= []).push(i));
  const at = new Float64Array(spots.length);
  const number = (row: readonly number[]): void => row.forEach((spot, i) => (at[spot] = i));
  rows.forEach(number);
  let best = rows.map((row) => [...row]);
  let fewest = crossings(rows, below, at);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    const side = down ? above : below;
    for (const row of down ? rows : [...rows].reverse()) {
      const wish = new Map(row.map((spot) => [spot, mean(side[spot], at) ?? at[spot]]));
      row.sort((a, b) => wish.get(a)! - wish.get(b)!);
      number(row);
    }
    const now = crossings(rows, below, at);
    if (now < fewest) [fewest, best] = [now, rows.map((row) => [...row])];
  }
  return best;
}

function mean(of: readonly number[], at: Float64Array): number | undefined {
  return of.length === 0 ? undefined : of.reduce((total, spot) => total + at[spot], 0) / of.length;
}

function crossings(
  rows: readonly (readonly number[])[],
  below: Neighbours["below"],
  at: Float64Array,
): number {
  let total = 0;
  for (const row of rows) {
    const ends = row.flatMap((spot) => below[spot].map((to) => at[to]).sort((a, b) => a - b));
    for (let i = 1; i < ends.length; i++) {
      for (let j = 0; j < i; j++) if (ends[j] > ends[i]) total++;
    }
  }
  return total;
}

const distance = (left: Spot, right: Spot): number =>
  (left.width + right.width) / 2 + (left.width === BEND && right.width === BEND ? LANE : GAP);

/** Every spot moves towards its neighbours while the order and the gaps of its row are kept. */
function place(spots: Spot[], rows: readonly (readonly number[])[], { above, below }: Neighbours): void {
  for (const row of rows) {
    let x = 0;
    row.forEach((spot, i) => {
      if (i > 0) x += distance(spots[row[i - 1]], spots[spot]);
      spots[spot].x = x;
    });
  }
  for (let sweep = 0; sweep < 2 * SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : [...rows].reverse()) settle(row, spots, down ? above : below);
  }
  const left = Math.min(...spots.map(({ x, width }) => x - width / 2));
  for (const spot of spots) spot.x -= left;
}

/** The mean of packing a row from the left and from the right, each as near to the wishes as gaps allow. */
function settle(row: readonly number[], spots: readonly Spot[], side: Neighbours["above"]): void {
  const wishes = row.map((spot) => {
    const near = side[spot].map((other) => spots[other].x);
    return near.length === 0 ? spots[spot].x : near.reduce((a, b) => a + b, 0) / near.length;
  });
  const apart = (i: number): number => distance(spots[row[i]], spots[row[i + 1]]);
  const fromLeft = [...wishes];
  for (let i = 1; i < row.length; i++) fromLeft[i] = Math.max(wishes[i], fromLeft[i - 1] + apart(i - 1));
  const fromRight = [...wishes];
  for (let i = row.length - 2; i >= 0; i--) fromRight[i] = Math.min(wishes[i], fromRight[i + 1] - apart(i));
  row.forEach((spot, i) => (spots[spot].x = (fromLeft[i] + fromRight[i]) / 2));
}
