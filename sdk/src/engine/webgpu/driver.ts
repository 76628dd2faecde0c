import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import * as koffi from "koffi";
import { GradlabError } from "../../errors.js";
import { setProcessVariable } from "../native/environment.js";

/** Chooses the Vulkan driver: "system" (the default), "software", or the path of a driver's ICD file. */
export const DRIVER_VARIABLE = "GRADLAB_WEBGPU_DRIVER";

/** Where Chromium (SwiftShader) and Mesa (lavapipe) put drivers that compute on the CPU. */
const SOFTWARE_DRIVERS: readonly string[] = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
  "/usr/lib64/chromium-browser/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
  "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
  "/usr/share/vulkan/icd.d/lvp_icd.json",
];

/**
 * The ICD file of a driver that needs no GPU (Chromium's SwiftShader, Mesa's lavapipe), if this machine has one.
 *
 * @example
 * findSoftwareDriver()?.endsWith(".json") ?? true; // true
 */
export const findSoftwareDriver = (): string | undefined => SOFTWARE_DRIVERS.find(existsSync);

/** Held for the life of the process: its functions must not be unmapped. */
let loader: koffi.LibraryHandle | undefined;

/**
 * Points the Vulkan loader at a driver; must happen before the first GPU session of the process.
 *
 * @param driver "system", "software", or the path of an ICD file. Default: the variable GRADLAB_WEBGPU_DRIVER, else "system"
 * @returns the loader, for questions about adapters; undefined where there is none (macOS, Windows without Vulkan)
 * @throws E_DEVICE when the driver asked for is not there
 */
export async function prepareDriver(
  driver = process.env[DRIVER_VARIABLE] || "system",
): Promise<koffi.LibraryHandle | undefined> {
  const file = driver === "system" ? undefined : driver === "software" ? findSoftwareDriver() : driver;
  if (driver !== "system" && (!file || !existsSync(file))) {
    throw new GradlabError("E_DEVICE", `The Vulkan driver asked for, ${driver}, is not there.`, {
      hint:
        driver === "software"
          ? "Install Debian's chromium (SwiftShader) or mesa-vulkan-drivers (lavapipe), or give the path of an ICD file."
          : `${DRIVER_VARIABLE} takes "software" or the path of a driver's ICD file (….json).`,
    });
  }
  if (file) {
    await setProcessVariable("VK_DRIVER_FILES", file);
    // Older loaders know the variable by this name.
    await setProcessVariable("VK_ICD_FILENAMES", file);
  }
  loader ??= loadLoader(file);
  return loader;
}

/**
 * Loads the Vulkan loader by hand: browsers bring one of their own, which the GPU library then finds by
 * its name although it lies in no library path.
 */
function loadLoader(file: string | undefined): koffi.LibraryHandle | undefined {
  const name = process.platform === "win32" ? "vulkan-1.dll" : "libvulkan.so.1";
  const beside = [file ?? [], SOFTWARE_DRIVERS].flat().map((driver) => join(dirname(driver), name));
  for (const candidate of [name, ...beside]) {
    try {
      return koffi.load(candidate);
    } catch {
      // The next one may be there.
    }
  }
  return undefined;
}
