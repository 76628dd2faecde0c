import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { KernelError } from "gradlab-kernel";
import { hashPassword, type LabServer, type LabServerOptions, startLabServer } from "gradlab-lab-server";
import { readNotebook } from "../notebook/index.js";
import { openBrowser, readPassword, whenNpmIsGone } from "../terminal/index.js";
import { buildFrontEnd, FRONT_END } from "./front-end.js";

/** ms within which a second Ctrl-C ends a server whose kernels run. */
const AGAIN = 5000;

/** Where a served folder keeps its course. */
const COURSE = "tutorials";

const OPTIONS = {
  port: { type: "string" },
  ip: { type: "string" },
  "no-browser": { type: "boolean" },
  open: { type: "string" },
  token: { type: "string" },
  password: { type: "boolean" },
  "base-url": { type: "string" },
  certfile: { type: "string" },
  keyfile: { type: "string" },
  "allow-host": { type: "string", multiple: true },
  "allow-origin": { type: "string", multiple: true },
  "allow-hidden": { type: "boolean" },
  "delete-non-empty": { type: "boolean" },
  "cull-idle": { type: "string" },
  "front-end": { type: "string" },
} as const;

/** `gradlab lab [DIR] …`: the browser's side of gradlab, until Ctrl-C or SIGTERM. */
export async function labCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
  if (positionals.length > 1) throw new KernelError("E_USAGE", "Name one folder to show.");
  const options = optionsOf(values, positionals[0] ?? ".");
  const passwordHash = values.password === true ? await hashPassword(await readPassword()) : undefined;
  const built = values["front-end"] === undefined ? await buildFrontEnd() : 0;
  if (built !== 0) return built;
  const all = passwordHash === undefined ? options : { ...options, passwordHash };
  return serve(all, values["no-browser"] !== true && process.stdout.isTTY, values.open);
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

function optionsOf(values: Values, root: string): LabServerOptions {
  const token = values.token ?? process.env["GRADLAB_TOKEN"];
  const { port, ip, certfile, keyfile } = values;
  const cullIdle = values["cull-idle"];
  return {
    root,
    frontEnd: values["front-end"] ?? FRONT_END,
    // The course of gradlab's own checkout, or of an instructor who keeps to its layout.
    ...(existsSync(join(root, COURSE)) ? { tutorialsPath: COURSE } : {}),
    allowHidden: values["allow-hidden"] === true,
    deleteNonEmpty: values["delete-non-empty"] === true,
    allowedHosts: values["allow-host"] ?? [],
    allowedOrigins: values["allow-origin"] ?? [],
    baseUrl: values["base-url"] ?? "/",
    ...(port === undefined ? {} : { port: wholeNumber("--port", port, 65_535) }),
    ...(cullIdle === undefined ? {} : { cullIdle: wholeNumber("--cull-idle", cullIdle, 1e9) }),
    ...(ip === undefined ? {} : { ip }),
    ...(token === undefined ? {} : { token }),
    ...(certfile === undefined ? {} : { certFile: certfile }),
    ...(keyfile === undefined ? {} : { keyFile: keyfile }),
  };
}

async function serve(options: LabServerOptions, browse: boolean, open: string | undefined): Promise<number> {
  let asked: () => void = () => {};
  const shutdown = new Promise<void>((resolve) => (asked = resolve));
  const server = await startLabServer({ ...options, onShutdownRequest: asked });
  const url = addressOf(server.url, open);
  console.log(`gradlab shows ${options.root ?? "."} at\n\n    ${url}\n\nStop it with Ctrl-C.`);
  if (open?.endsWith(".ipynb")) void startKernelOf(server, options.root ?? ".", open);
  if (browse && !openBrowser(url)) console.log("Open that address in a browser.");
  await Promise.race([shutdown, untilStopped(server)]);
  console.log("Ending the kernels …");
  await server.close();
  return 0;
}

/**
 * Starts the kernel of the notebook that is about to be opened: it is ready when the page is, which looks for a session of that
 * path before it asks for one. What is wrong with the notebook the page will say.
 */
async function startKernelOf(server: LabServer, root: string, path: string): Promise<void> {
  try {
    const { kernelspec } = readNotebook(join(root, path)).metadata as { kernelspec?: { name?: unknown } };
    const kernel = { name: kernelspec?.name };
    await server.sessions.open({ path, name: basename(path), type: "notebook", kernel });
  } catch {
    // Nothing to run, or no such kernel here: the page offers what there is.
  }
}

/** The server's address, or that of one of its files in JupyterLab. */
function addressOf(server: string, path: string | undefined): string {
  if (path === undefined) return server;
  const url = new URL(server);
  url.pathname += `lab/tree/${path.split("/").map(encodeURIComponent).join("/")}`;
  return url.href;
}

/** SIGTERM ends at once; Ctrl-C has to be pressed again while kernels run, whose variables would be gone. */
function untilStopped(server: LabServer): Promise<void> {
  return new Promise((resolve) => {
    let last = 0;
    process.on("SIGINT", () => {
      const kernels = server.kernels.list().length;
      if (kernels === 0 || Date.now() - last < AGAIN) return resolve();
      last = Date.now();
      const those = kernels === 1 ? "1 kernel runs" : `${kernels} kernels run`;
      console.log(
        `\n${those}. Press Ctrl-C again within 5 s to end ${kernels === 1 ? "it" : "them"} and the server.`,
      );
    });
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, resolve);
    whenNpmIsGone(resolve);
  });
}

function wholeNumber(name: string, value: string, most: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number <= most) return number;
  throw new KernelError("E_USAGE", `${name} ${value} is not a whole number up to ${most}.`);
}
