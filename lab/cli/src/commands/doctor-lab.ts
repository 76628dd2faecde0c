import { existsSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { isAbsolute } from "node:path";
import { freePorts, listKernelSpecs } from "gradlab-kernel";
import { isFrontEndBuilt } from "./front-end.js";
import type { Finding } from "./finding.js";

/** Where `gradlab lab` listens unless told otherwise. */
const PORT = 8888;
/** Bytes that a build, a checkpoint or a notebook may need at once. */
const ROOM = 512 * 1024 * 1024;

/** What the browser's side needs: a front end, ports, kernels, room. */
export async function checkLab(): Promise<Finding[]> {
  return [await checkFrontEnd(), await checkPort(), await checkLoopback(), checkKernels(), ...checkDisks()];
}

async function checkFrontEnd(): Promise<Finding> {
  const built = await isFrontEndBuilt();
  const detail = built ? "built" : "not built yet: `gradlab lab` does it (once, about a minute and 1 GB)";
  return { name: "front end", ok: true, detail };
}

async function checkPort(): Promise<Finding> {
  const free = await canListen(PORT);
  const detail = free
    ? `${PORT} is free`
    : `${PORT} is taken: \`gradlab lab\` uses the next free one, or --port N`;
  return { name: "port", ok: true, detail };
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** A kernel needs five ports of its own. */
async function checkLoopback(): Promise<Finding> {
  const name = "kernel ports";
  try {
    await freePorts(5);
    return { name, ok: true, detail: "can be opened on 127.0.0.1" };
  } catch (error) {
    const detail = `cannot be opened on 127.0.0.1 (${(error as Error).message}): check the loopback interface`;
    return { name, ok: false, detail };
  }
}

/** Kernels whose program is gone fail only when a notebook is opened; say so before. */
function checkKernels(): Finding {
  const specs = listKernelSpecs();
  const broken = specs.filter(({ argv }) => isAbsolute(argv[0] ?? "") && !existsSync(argv[0]));
  const names = specs.map((spec) => spec.name).join(", ") || "none beside gradlab's own";
  const [first] = broken;
  if (first === undefined) return { name: "kernels", ok: true, detail: names };
  const detail = `${first.name}: ${first.argv[0]} is gone: install it again, or delete ${first.folder}`;
  return { name: "kernels", ok: false, detail };
}

function checkDisks(): Finding[] {
  const folders = [...new Set([process.cwd(), homedir(), tmpdir()])].filter((folder) => existsSync(folder));
  return folders.map((folder) => {
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const size = `${(free / 2 ** 30).toFixed(1)} GiB free in ${folder}`;
    return { name: "disk", ok: free >= ROOM, detail: free >= ROOM ? size : `${size}: free at least 0.5 GiB` };
  });
}
