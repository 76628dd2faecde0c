import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ConnectionInfo, freePorts } from "gradlab-kernel";
import { ServerError } from "../errors.js";
import type { KernelSpec, KernelSpecs } from "../kernelspecs/index.js";
import type { RootFolder } from "../root/index.js";
import { type KernelListener, ManagedKernel } from "./managed-kernel.js";

export interface KernelsOptions {
  readonly root: RootFolder;
  readonly specs: KernelSpecs;
  /** Seconds of idleness after which a kernel without an open page is ended; 0: never. */
  readonly cullIdle: number;
  /** Whether kernels with an open page are culled as well. */
  readonly cullConnected: boolean;
  readonly log: (text: string) => void;
  /** Called with each new kernel before anything is heard from it. */
  readonly onStart: (kernel: ManagedKernel) => KernelListener[];
}

/** Seconds between two looks for idle kernels. */
const CULL_EVERY = 30;

/** The kernels that the server runs. */
export class Kernels {
  readonly #options: KernelsOptions;
  readonly #kernels = new Map<string, ManagedKernel>();
  readonly #folder: string;
  /** Ports given out and not bound yet count as taken. */
  readonly #promised = new Set<number>();
  readonly #culling: NodeJS.Timeout | undefined;
  readonly #killAll = (): void => {
    for (const kernel of this.#kernels.values()) kernel.killNow();
    rmSync(this.#folder, { recursive: true, force: true });
  };

  constructor(options: KernelsOptions) {
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), "gradlab-lab-"));
    chmodSync(this.#folder, 0o700);
    process.on("exit", this.#killAll);
    if (options.cullIdle > 0) {
      const every = Math.min(CULL_EVERY, options.cullIdle) * 1000;
      this.#culling = setInterval(() => this.#cull(), every).unref();
    }
  }

  list(): ManagedKernel[] {
    return [...this.#kernels.values()];
  }

  find(id: string): ManagedKernel | undefined {
    return this.#kernels.get(id);
  }

  /** Throws E_NOT_FOUND. */
  get(id: string): ManagedKernel {
    const kernel = this.#kernels.get(id);
    if (kernel === undefined) throw new ServerError("E_NOT_FOUND", "There is no such kernel.", { where: id });
    return kernel;
  }

  /** Starts a kernel in the folder of `path`; resolves when its process runs. */
  async start(name: string | undefined, path: string, asFolder = false): Promise<ManagedKernel> {
    const spec = this.#findSpec(name ?? this.#options.specs.defaultName);
    const id = randomUUID();
    const kernel = new ManagedKernel({
      id,
      spec,
      cwd: await this.#workingFolder(asFolder ? path : dirname(path)),
      sessionName: path === "" ? "" : join(this.#options.root.folder, path),
      connectionFile: join(this.#connectionFolder(), `kernel-${id}.json`),
      choosePorts: () => this.#choosePorts(spec.name),
      log: this.#options.log,
    });
    for (const listener of this.#options.onStart(kernel)) kernel.listeners.add(listener);
    this.#kernels.set(id, kernel);
    try {
      await kernel.start();
    } catch (error) {
      this.#kernels.delete(id);
      throw error;
    }
    return kernel;
  }

  async shutdown(id: string): Promise<void> {
    const kernel = this.get(id);
    await kernel.shutdown();
    this.#kernels.delete(id);
  }

  /** Ends all kernels; none is left when it resolves. */
  async close(): Promise<void> {
    clearInterval(this.#culling);
    await Promise.all(this.list().map((kernel) => kernel.shutdown()));
    this.#kernels.clear();
    process.off("exit", this.#killAll);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #findSpec(name: string): KernelSpec {
    const spec = this.#options.specs.get(name);
    if (spec !== undefined) return spec;
    throw new ServerError("E_NOT_FOUND", `There is no kernel "${name}" on this machine.`, {
      hint: "Choose another kernel for the notebook; `gradlab kernel list` shows those that are installed.",
    });
  }

  /** Where a notebook's folder is not there (yet), the root. */
  async #workingFolder(path: string): Promise<string> {
    const located = await this.#options.root.locate(path === "." ? "" : path).catch(() => undefined);
    return located?.exists === true ? located.target : this.#options.root.folder;
  }

  /** Cleaners of /tmp may have removed it. */
  #connectionFolder(): string {
    if (!existsSync(this.#folder)) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    return this.#folder;
  }

  async #choosePorts(kernelName: string): Promise<ConnectionInfo> {
    for (;;) {
      const ports = await freePorts(5);
      const taken = new Set([...this.list().flatMap((kernel) => kernel.ports), ...this.#promised]);
      if (ports.some((port) => taken.has(port))) continue;
      for (const port of ports) this.#promised.add(port);
      setImmediate(() => ports.forEach((port) => this.#promised.delete(port)));
      const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports;
      return {
        transport: "tcp",
        ip: "127.0.0.1",
        key: randomBytes(32).toString("hex"),
        signature_scheme: "hmac-sha256",
        kernel_name: kernelName,
        shell_port,
        iopub_port,
        stdin_port,
        control_port,
        hb_port,
      };
    }
  }

  #cull(): void {
    const { cullIdle, cullConnected, log } = this.#options;
    for (const kernel of this.list()) {
      const idle = (Date.now() - kernel.lastActivity.getTime()) / 1000;
      if (kernel.state !== "idle" || idle < cullIdle || (kernel.connections > 0 && !cullConnected)) continue;
      log(`The kernel ${kernel.id} was idle for ${Math.round(idle)} s and is ended.\n`);
      void this.shutdown(kernel.id).catch(() => {});
    }
  }
}
