/** One row of `gradlab doctor`. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What was found; where it is at fault, what to do. */
  readonly detail: string;
}
