// Notebook → Trusted or not: whose outputs may run scripts, by signatures of this user's own key.
export { Notary } from "./notary.js";
export { readSecret } from "./secret.js";
