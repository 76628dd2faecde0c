import { CONTRIB } from "../model.js";
import type { Lower } from "./context.js";

export const lowerGelu: Lower = ({ model, node, inputs }) =>
  node.attrs.approximate === "tanh"
    ? model.node("FastGelu", inputs, { domain: CONTRIB })
    : model.node("Gelu", inputs, { attributes: { approximate: "none" } });
