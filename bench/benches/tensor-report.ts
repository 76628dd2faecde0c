import type { Measured } from "../harness/index.js";

export const busyOf = (all: readonly Measured[]): string => {
  const busy = all.reduce((sum, m) => sum + m.busySlices, 0);
  const total = all.reduce((sum, m) => sum + m.slices, 0);
  return `${busy} of ${total} slices began on a busy machine.`;
};

export function versionsOf(all: readonly Measured[]): string {
  const versions = all.flatMap((m) =>
    Object.entries(m.versions).map(([name, version]) => `${name} ${version}`),
  );
  return `Versions: ${[...new Set(versions)].join(", ")}.`;
}
