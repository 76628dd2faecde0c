import { findSoftwareDriver } from "gradlab";

/** The driver of these tests: software, unless GRADLAB_WEBGPU_DRIVER names another one ("system" on a GPU machine). */
export const DRIVER = process.env.GRADLAB_WEBGPU_DRIVER ?? "software";

/** Options of tests that need an adapter: skipped, with the reason, where there is none. */
export const NEEDS_ADAPTER =
  DRIVER === "software" && !findSoftwareDriver()
    ? { skip: "no software Vulkan driver here (Debian: apt install chromium libvulkan1)" }
    : {};
