import { Peers, type Measured, type PeerSpec, type Trial } from "./peers.js";

/** Starts every peer, measures one trial, and ends them. */
export async function measure(specs: readonly PeerSpec[], trial: Trial): Promise<Measured[]> {
  const peers = await Peers.start(specs);
  try {
    return await peers.measure(trial);
  } finally {
    await peers.close();
  }
}
