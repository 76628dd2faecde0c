import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { listKernelSpecs, startKernel } from "gradlab-kernel";
import { checkLab } from "./doctor-lab.js";
import type { Finding } from "./finding.js";

/** `gradlab doctor`: what works on this machine and what does not. */
export async function doctor(): Promise<number> {
  const findings = [checkNode(), ...["zeromq", "oxc-parser", "oxc-transform"].map(checkModule), checkSpecs()];
  findings.push(await checkKernel(), ...(await checkLab()), ...(await checkDevices()));
  for (const { name, ok, detail } of findings)
    console.log(`${ok ? "ok  " : "FAIL"}  ${name.padEnd(16)} ${detail}`);
  return findings.every((finding) => finding.ok) ? 0 : 1;
}

function checkNode(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  const detail = `${process.versions.node} on ${process.platform}-${process.arch}`;
  return {
    name: "node",
    ok: major >= 20,
    detail: major >= 20 ? detail : `${detail}: gradlab needs 20 or newer`,
  };
}

function checkModule(name: string): Finding {
  try {
    // looked up from the kernel: that is who needs it
    const require = createRequire(createRequire(import.meta.url).resolve("gradlab-kernel"));
    require(name);
    return { name, ok: true, detail: "loads" };
  } catch (error) {
    return { name, ok: false, detail: (error as Error).message.split("\n")[0] ?? "" };
  }
}

function checkSpecs(): Finding {
  const own = listKernelSpecs().filter(
    (spec) => spec.argv.some((part) => part.includes("kernel")) && spec.name === "gradlab",
  );
  const spec = own[0];
  if (spec === undefined) {
    return {
      name: "kernelspec",
      ok: true,
      detail: "not installed (gradlab kernel install makes Jupyter see it)",
    };
  }
  const missing = spec.argv.slice(0, 2).find((part) => !existsSync(part));
  const detail =
    missing === undefined ? spec.folder : `${spec.folder} names ${missing}, which is gone: install again`;
  return { name: "kernelspec", ok: missing === undefined, detail };
}

async function checkKernel(): Promise<Finding> {
  const name = "kernel";
  try {
    const start = performance.now();
    const kernel = await startKernel();
    const ready = Math.round(performance.now() - start);
    const reply = await kernel.execute("1 + 1");
    await kernel.shutdown();
    return { name, ok: reply.status === "ok", detail: `answers after ${ready} ms` };
  } catch (error) {
    return { name, ok: false, detail: (error as Error).message };
  }
}

/** What computes here. A machine without a GPU is in order: its CPU is used. */
async function checkDevices(): Promise<Finding[]> {
  try {
    // loaded here only: no other command needs it
    const { devices } = await import("gradlab");
    return (await devices()).map(({ device, available, adapter, kind, memory, reason }) => {
      const size = memory === undefined ? "" : `, ${(memory / 2 ** 30).toFixed(1)} GiB`;
      const detail = available
        ? `${adapter ?? "adapter of unknown name"} (${kind}${size})`
        : `not used: ${reason}`;
      return { name: `device ${device}`, ok: true, detail };
    });
  } catch (error) {
    return [{ name: "device", ok: false, detail: (error as Error).message.split("\n")[0] ?? "" }];
  }
}
