import { bytesText } from "../training/format.js";
import type { Usage } from "./ask-usage.js";

/** "CPU · 412 MB"; before a cell imported gradlab only the memory. */
export function shortText({ device, kernel_memory }: Usage): string {
  return [...(device === undefined ? [] : [deviceName(device)]), bytesText(kernel_memory)].join(" · ");
}

/** "CPU", or the GPU's name. */
function deviceName({ device, adapter }: NonNullable<Usage["device"]>): string {
  if (device === "cpu") return "CPU";
  return adapter === undefined ? device : adapter;
}

/** All of it, line by line. */
export function longText(usage: Usage, kernelName: string): string {
  const { device, hostname, pid, kernel_cpu, kernel_memory, cpu_count, host_virtual_memory: host } = usage;
  const where =
    device === undefined
      ? "Device: shown when a cell imports gradlab"
      : `Device: ${device.device}${device.adapter === undefined ? "" : `, ${device.adapter}`}; engine ${device.engine}`;
  const own = device?.memory === undefined ? [] : [`Device memory: ${bytesText(device.memory)}`];
  return [
    `${kernelName}, process ${pid} on ${hostname}`,
    where,
    ...own,
    `Memory: ${bytesText(kernel_memory)} by the kernel and its processes; ${bytesText(host.available)} of ${bytesText(host.total)} available`,
    `Processor: ${Math.round(kernel_cpu)} % of one of ${cpu_count}`,
  ].join("\n");
}
