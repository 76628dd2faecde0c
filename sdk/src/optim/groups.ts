import type { Variable } from "../graph/index.js";

/** Parameters with a learning rate or weight decay of their own. */
export interface ParameterGroup {
  /** A list, a pattern over names, or a test. */
  readonly parameters: readonly Variable[] | RegExp | ((parameter: Variable) => boolean);
  /** Multiplies the learning rate of every step. Default 1. */
  readonly learningRateFactor?: number;
  /** λ of these parameters, all of them. Default: the optimizer's, and its choice of which decay. */
  readonly weightDecay?: number;
}

/** What holds for one parameter after the groups are settled. */
export interface Settings {
  readonly learningRateFactor: number;
  readonly weightDecay: number;
}

interface Defaults {
  readonly groups: readonly ParameterGroup[];
  readonly weightDecay: number;
  readonly decays: (parameter: Variable) => boolean;
}

/** A parameter's settings: those of the first group it is in. */
export function settingsOf(parameter: Variable, { groups, weightDecay, decays }: Defaults): Settings {
  const group = groups.find(({ parameters }) => contains(parameters, parameter));
  return {
    learningRateFactor: group?.learningRateFactor ?? 1,
    weightDecay: group?.weightDecay ?? (decays(parameter) ? weightDecay : 0),
  };
}

function contains(wanted: ParameterGroup["parameters"], parameter: Variable): boolean {
  if (typeof wanted === "function") return wanted(parameter);
  // A global pattern remembers where it stopped, so `test` would give every other match.
  if (wanted instanceof RegExp) return parameter.name.search(wanted) >= 0;
  return wanted.includes(parameter);
}
