import { spawn, spawnSync } from "node:child_process";

/** The program that opens an address, where there is one. */
function opener(): readonly string[] | undefined {
  if (process.platform === "darwin") return ["open"];
  if (process.platform === "win32") return ["cmd", "/c", "start", ""];
  const display = process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"] ?? "";
  if (display === "") return undefined;
  const names = [process.env["BROWSER"] ?? "", "xdg-open", "sensible-browser"];
  const found = names.find((name) => /^[\w./-]+$/.test(name) && spawnSync("which", [name]).status === 0);
  return found === undefined ? undefined : [found];
}

/** Opens an address in the user's browser; false where there is none. */
export function openBrowser(url: string): boolean {
  const command = opener();
  if (command === undefined) return false;
  const [program, ...parameters] = command;
  const child = spawn(program, [...parameters, url], { stdio: "ignore", detached: true });
  child.once("error", () => {});
  child.unref();
  return true;
}
