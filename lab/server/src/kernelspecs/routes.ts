import { join } from "node:path";
import { KERNEL_LOGO } from "gradlab-kernel";
import { ServerError } from "../errors.js";
import {
  encodePath,
  FILE_POLICY,
  type Json,
  type Route,
  sendFile,
  sendJson,
  sendText,
} from "../http/index.js";
import type { KernelSpec, KernelSpecs } from "./kernel-specs.js";

/** /api/kernelspecs and the logos. */
export function kernelSpecRoutes(specs: KernelSpecs, baseUrl: string): Route[] {
  const model = ({ name, json, resources }: KernelSpec): Json => ({
    name,
    spec: json,
    resources: Object.fromEntries(
      Object.entries(resources).map(([key, file]) => [
        key,
        `${baseUrl}kernelspecs/${encodePath(`${name}/${file}`)}`,
      ]),
    ),
  });
  const find = (name: string): KernelSpec => {
    const spec = specs.get(name);
    if (spec === undefined) throw new ServerError("E_NOT_FOUND", `There is no kernel "${name}".`);
    return spec;
  };
  return [
    {
      method: "GET",
      pattern: "/api/kernelspecs",
      access: "api",
      handle: (exchange) => {
        const kernelspecs = Object.fromEntries(specs.list().map((spec) => [spec.name, model(spec)]));
        sendJson(exchange, 200, { default: specs.defaultName, kernelspecs });
      },
    },
    {
      method: "GET",
      pattern: "/api/kernelspecs/:name",
      access: "api",
      handle: (exchange) => sendJson(exchange, 200, model(find(exchange.params["name"]))),
    },
    {
      method: "GET",
      pattern: "/kernelspecs/:name/:file",
      access: "page",
      handle: async (exchange) => {
        const { folder, resources } = find(exchange.params["name"]);
        const file = exchange.params["file"];
        const headers = { "Content-Security-Policy": FILE_POLICY, "Cache-Control": "max-age=86400" };
        if (!Object.values(resources).includes(file))
          throw new ServerError("E_NOT_FOUND", "There is no such file.");
        if (folder !== undefined) return sendFile(exchange, join(folder, file), { headers });
        return sendText(exchange, 200, KERNEL_LOGO, { ...headers, "Content-Type": "image/svg+xml" });
      },
    },
  ];
}
