import { splitBuffers } from "./buffers.js";
import { findHost, type HostComm, type HostMessage, type Json } from "./host.js";
import { instances } from "./widget.js";

/** The comm by which a front end fetches the state of all widgets, as after a page is loaded anew. */
const CONTROL = "jupyter.widget.control";

/** Lets front ends ask; without a kernel there is nobody to. */
export function listen(): void {
  findHost()?.comms.registerTarget(CONTROL, (comm) => {
    comm.onMessage = (message) => answer(comm, message);
  });
}

function answer(comm: HostComm, { data }: HostMessage): void {
  if (data["method"] !== "request_states") return;
  const states: Json = {};
  for (const [id, widget] of instances) {
    const state = widget.wireState();
    states[id] = {
      model_name: state["_model_name"],
      model_module: state["_model_module"],
      model_module_version: state["_model_module_version"],
      state,
    };
  }
  const split = splitBuffers(states);
  comm.send({ method: "update_states", states: split.state, buffer_paths: split.paths }, {}, split.buffers);
}
