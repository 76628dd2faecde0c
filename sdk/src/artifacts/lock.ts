import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { GradlabError } from "../errors.js";
import { lockFile } from "../native/index.js";

const LOCK = ".lock";

/**
 * Runs `action` while no other run, of this process or another, does the same for this folder, which is made if it is
 * missing. A process that dies lets go. On Windows, where there are no such locks, nothing is kept out.
 *
 * @throws E_CONFIG while another run holds the folder
 * @example await withFolderLock("runs/en-3m", async () => 42) // 42
 */
export async function withFolderLock<T>(folder: string, action: () => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, LOCK);
  const handle = await open(path, "a");
  try {
    if ((await lockFile(handle.fd)) === false)
      throw new GradlabError("E_CONFIG", `Another run is already writing into ${folder}.`, {
        where: path,
        hint: "Wait for it, or choose another outputDir.",
      });
    return await action();
  } finally {
    await handle.close();
  }
}
