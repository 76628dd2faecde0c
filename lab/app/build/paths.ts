import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** lab/app, seen from build/dist/. */
export const APP = fileURLToPath(new URL("../../", import.meta.url));
export const DIST = join(APP, "dist");
export const MODULES = join(APP, "node_modules");
/** What only the builds of this machine need: the lock, half-built folders, the bundler's cache. */
export const CACHE = join(APP, ".cache");

/** The folder of a package of the front end. */
export const packageFolder = (name: string): string => join(MODULES, ...name.split("/"));
