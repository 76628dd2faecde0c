import { downloadFile, warnAloud } from "../../../hub/index.js";
import type { Cursor, Stage } from "../stage.js";

/**
 * The rows of a file on a hub: it is downloaded, or found in the cache, when the first row is asked for, and then read as
 * `open` reads it.
 */
export function hubFile(path: string, open: (local: string) => Stage<unknown>): Stage<unknown> {
  let stage: Promise<Stage<unknown>> | undefined;
  const local = (): Promise<Stage<unknown>> =>
    (stage ??= downloadFile(path, { onEvent: warnAloud }).then(open, (error: unknown) => {
      // Another iteration may find a network.
      stage = undefined;
      throw error;
    }));
  return {
    operator: "file",
    settings: [path],
    inputs: [],
    open(at) {
      let cursor: Cursor<unknown> | undefined;
      return {
        async next() {
          cursor ??= (await local()).open(at);
          return cursor.next();
        },
        state: () => (cursor ? cursor.state() : at),
        close: async () => cursor?.close(),
      };
    },
    project: (columns) =>
      hubFile(path, (file) => {
        const whole = open(file);
        return whole.project?.(columns) ?? whole;
      }),
    content: async () => (await local()).content!(),
  };
}
