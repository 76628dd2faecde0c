import type { HostArray } from "../tensor/index.js";
import { formatError, openFile } from "./file.js";
import { decodeNpy, encodeNpy } from "./npy.js";
import { writeZip } from "./write-zip.js";
import { readEntry, readZipDirectory } from "./zip.js";

export interface WriteNpzOptions {
  /** Whether arrays are deflated, as by `np.savez_compressed`. Default false. */
  readonly compress?: boolean;
}

/** No deflated data can be smaller by more than this factor, and an array of zeros comes near it. */
const DEFLATE_LIMIT = 1100;

/**
 * Reads the arrays of a .npz archive by name, stored or deflated.
 *
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT for a damaged archive and for arrays that `readNpy` refuses
 * @example const { weights } = await readNpz("model.npz");
 */
export async function readNpz(path: string): Promise<Record<string, HostArray>> {
  const file = await openFile(path);
  try {
    const arrays: [string, HostArray][] = [];
    for (const entry of (await readZipDirectory(file, DEFLATE_LIMIT)).values()) {
      if (!entry.name.endsWith(".npy"))
        throw formatError(path, entry.headerOffset, "The archive holds something else.", "*.npy", entry.name);
      const name = entry.name.slice(0, -".npy".length);
      arrays.push([name, decodeNpy(await readEntry(file, entry), `${path}, ${entry.name}`)]);
    }
    return Object.fromEntries(arrays);
  } finally {
    await file.close();
  }
}

/**
 * Writes arrays by name for NumPy's `np.load`, atomically; equal arrays give equal bytes.
 *
 * @throws E_DTYPE for bfloat16; E_CONFIG for more than 4 GiB, which old zip readers cannot open
 * @example await writeNpz("model.npz", { weights: await w.array() }, { compress: true });
 */
export async function writeNpz(
  path: string,
  arrays: Readonly<Record<string, HostArray>>,
  { compress = false }: WriteNpzOptions = {},
): Promise<void> {
  const entries = Object.entries(arrays).map(([name, array]) => ({
    name: `${name}.npy`,
    content: Buffer.concat(encodeNpy(array)),
  }));
  await writeZip(path, entries, { compress });
}
