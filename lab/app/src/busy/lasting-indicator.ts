// the notebook's execution indicator → cells that last.
import { ExecutionIndicator, type Notebook } from "@jupyterlab/notebook";

/** ms of rest before the indicator counts the cells that ended, as JupyterLab's own. */
const RESTS = 150;
/** ms of rest after which it counts from 0, as JupyterLab's own. */
const COUNTS_ANEW = 1000;

type Model = ExecutionIndicator.Model;
type State = ExecutionIndicator.IExecutionState;
/** What JupyterLab keeps to itself of what is changed here. */
interface Timing {
  /** A cell has begun. */
  _startTimer: (this: Model, notebook: Notebook) => void;
  /** No cell is left. */
  _scheduleSwitchToIdle: (this: Model, state: State) => void;
}

/** Lets the indicator of a notebook turn busy for cells that take `lasts` ms; those that took less are counted at the next rest. */
export function indicateWhatLasts(lasts: number): void {
  const timing = ExecutionIndicator.Model.prototype as unknown as Timing;
  const { _startTimer: start, _scheduleSwitchToIdle: rest } = timing;
  const resting = new WeakMap<Model, number>();
  timing._startTimer = function (notebook) {
    const begun = [...(this.executionState(notebook)?.scheduledCell ?? [])];
    window.setTimeout(() => {
      const scheduled = this.executionState(notebook)?.scheduledCell;
      if (begun.some((cell) => scheduled?.has(cell))) start.call(this, notebook);
    }, lasts);
  };
  timing._scheduleSwitchToIdle = function (state) {
    if (state.executionStatus === "busy") return rest.call(this, state);
    window.clearTimeout(resting.get(this));
    resting.set(
      this,
      window.setTimeout(() => this.stateChanged.emit(), RESTS),
    );
    window.clearTimeout(state.timeout);
    state.timeout = window.setTimeout(() => {
      state.needReset = true;
    }, COUNTS_ANEW);
  };
}
