import { existsSync } from "node:fs";
import { join } from "node:path";
import { type KernelClient, type Message, startKernel } from "gradlab-kernel";
import { ROOT } from "../source-files.js";

const BIN = join(ROOT, "tests", "peers", "tslab", "node_modules", "tslab", "bin", "tslab");

export const hasTslab = (): boolean => existsSync(BIN);

/** tslab's own kernel. About one start in 25 fails: its sockets are used before they are bound. */
export async function startTslab(language: "typescript" | "javascript"): Promise<KernelClient> {
  const argv = [process.execPath, BIN, "kernel", "--config-path", "{connection_file}"];
  if (language === "javascript") argv.push("--js");
  for (let left = 3; ; left -= 1) {
    try {
      return await startKernel({ transport: "tcp", argv, startTimeout: 20_000 });
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** What a cell shows: displays in order, and all that is printed, the last expression with it. */
export interface Seen {
  readonly displays: readonly (readonly [type: string, id: number, data: unknown])[];
  readonly printed: string;
}

/** ms of silence after which a message that has not come is one of those that tslab loses. */
const SILENCE = 1500;

/** Runs a cell and listens until it is over, or nothing comes any more. */
export async function seeCell(kernel: KernelClient, code: string): Promise<Seen> {
  const messages: Message[] = [];
  let last = performance.now();
  const reply = kernel
    .request(
      "execute_request",
      {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: true,
      },
      {
        onIopub: (message) => {
          last = performance.now();
          messages.push(message);
        },
      },
    )
    .then(() => true);
  const silent = async (): Promise<boolean> => {
    while (performance.now() - last < SILENCE) await new Promise((resolve) => setTimeout(resolve, 50));
    return false;
  };
  await Promise.race([reply, silent()]);
  return read(messages);
}

function read(messages: readonly Message[]): Seen {
  const ids: string[] = [];
  const displays: (readonly [string, number, unknown])[] = [];
  let printed = "";
  for (const { header, content } of messages) {
    const data = content["data"] as Record<string, unknown> | undefined;
    if (header.msg_type === "stream") printed += content["text"] as string;
    else if (header.msg_type === "execute_result") printed += `${asPrinted(data?.["text/plain"])}\n`;
    else if (header.msg_type.endsWith("display_data")) {
      const id = (content["transient"] as { display_id?: string } | undefined)?.display_id;
      if (id !== undefined && !ids.includes(id)) ids.push(id);
      displays.push([header.msg_type, id === undefined ? -1 : ids.indexOf(id), data]);
    }
  }
  return { displays, printed };
}

/** A text as console.log prints it: tslab prints the last expression, we show it as a value. */
function asPrinted(text: unknown): string {
  const plain = String(text);
  return /^'.*'$/s.test(plain) ? plain.slice(1, -1) : plain;
}
