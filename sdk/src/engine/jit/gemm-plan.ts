/** One product C = alpha · op(A) · op(B) (+ bias) over `batch` matrices, all sizes known. */
export interface GemmShape {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
  readonly bias: boolean;
}

/** How a product is cut: into tasks that threads take, and inside a task into pieces that fit the caches. */
export interface GemmPlan {
  /** Columns of C that share one packed block of B, a multiple of 32. */
  readonly columns: number;
  /** Columns of C in one task: whole blocks, one after the other. */
  readonly columnsOfTask: number;
  readonly columnTasks: number;
  /** Rows of C in one task. */
  readonly rows: number;
  readonly rowTasks: number;
  /** Terms of the sum in one piece. */
  readonly depth: number;
  readonly tasks: number;
  /** Whether strips of a transposed A are copied together: its rows are too far apart to be read in place. */
  readonly packsA: boolean;
}

export const LANES = 16;
/** Columns of one register tile: two vectors. */
export const TILE_COLUMNS = 2 * LANES;
/** Rows of one register tile: 28 of 32 registers hold C, two a row of B, one an element of A. */
export const TILE_ROWS = 14;
const MAX_DEPTH = 384;
const MAX_COLUMNS = 256;

/** Columns of a stored row of Aᵀ from which on a strip is copied: every element of a strip's column lies on its own page. */
const FAR = 1024;
/** Bytes of one column of a copied strip. */
export const STRIP_BYTES = 64;

/** Tasks that a product is cut into at least, where it is large enough: threads of one machine share them. */
const TASKS = 4;
/** And at most, unless the stack itself has more matrices: blocks in one task follow each other without a pause. */
const MAX_TASKS = 16;

export function planGemm({ batch, m, n, k, transA }: GemmShape): GemmPlan {
  const panels = Math.ceil(n / TILE_COLUMNS);
  // A tall product is cut by rows, so that its few columns stay together; others by columns.
  const wanted = m >= 2 * n ? 1 : Math.max(1, Math.ceil(TASKS / batch));
  const perBlock = Math.max(1, Math.min(MAX_COLUMNS / TILE_COLUMNS, Math.ceil(panels / wanted)));
  const blocks = Math.ceil(panels / perBlock);
  const columns = Math.ceil(panels / blocks) * TILE_COLUMNS;
  const columnsOfTask = columns * Math.ceil(blocks / MAX_TASKS);
  const columnTasks = Math.ceil(n / columnsOfTask);
  const rowTasks = Math.max(1, Math.min(Math.floor(m / 64), Math.ceil(TASKS / batch / columnTasks)));
  const rows = Math.ceil(m / rowTasks / TILE_ROWS) * TILE_ROWS;
  const depth = Math.ceil(k / Math.ceil(k / MAX_DEPTH));
  const packsA = transA && m >= FAR;
  return {
    columns,
    columnsOfTask,
    columnTasks,
    rows,
    rowTasks: Math.ceil(m / rows),
    depth,
    tasks: batch * columnTasks * Math.ceil(m / rows),
    packsA,
  };
}
