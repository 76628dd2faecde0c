// State ↔ Comm: Jupyter widgets from TypeScript, imported by cells as "gradlab-kernel/widgets".
import { listen } from "./control.js";

listen();

export * as widgets from "./all.js";
export * from "./all.js";
export {
  type Control,
  type Controls,
  type ControlValues,
  interact,
  interactive,
  type Interaction,
} from "./interact.js";
export type { Change, ChangeHandler } from "./widget.js";
