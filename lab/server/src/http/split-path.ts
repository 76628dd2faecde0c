import { ServerError } from "../errors.js";

/**
 * The raw path of a request → decoded segments. Dot-segments, encoded or not, and segments that hold a separator
 * or a zero byte are refused rather than resolved: no later step can then climb out of a folder.
 */
export function splitPath(rawPath: string): string[] {
  return rawPath
    .split("/")
    .filter((part) => part !== "")
    .map((part) => {
      const segment = decode(part);
      // eslint-disable-next-line no-control-regex -- a zero byte ends file names in the system's calls
      if (segment === "." || segment === ".." || /[/\\\u0000]/.test(segment)) {
        throw new ServerError("E_NOT_FOUND", "The address holds a part that is not a name.", {
          hint: "Write the address without dots and slashes as names.",
        });
      }
      return segment;
    });
}

/** A path with slashes → a path for an address. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new ServerError("E_BAD_REQUEST", "The address is not encoded as UTF-8.", { cause });
  }
}
