import { createRequire } from "node:module";
import { type JsonObject, PROTOCOL_VERSION } from "../wire/index.js";

const require = createRequire(import.meta.url);
const version = (name: string): string => (require(name) as { version: string }).version;

export const KERNEL_VERSION = version("../../package.json");

/** kernel_info_request → who we are. */
export function kernelInfo(): JsonObject {
  const typescript = version("typescript/package.json");
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "gradlab-kernel",
    implementation_version: KERNEL_VERSION,
    language_info: {
      name: "typescript",
      version: typescript,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `gradlab ${KERNEL_VERSION}: TypeScript ${typescript} on Node ${process.versions.node}`,
    help_links: [
      { text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/intro.html" },
    ],
    supported_features: [],
    debugger: false,
  };
}
