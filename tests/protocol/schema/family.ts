import type { Check } from "./check.js";

/** Message type → the channels that may carry it and what its content holds. */
export type Family = Readonly<
  Record<string, { readonly channels: readonly string[]; readonly content: Check }>
>;
