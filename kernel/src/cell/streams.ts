import { StringDecoder } from "node:string_decoder";
import { runNumber } from "./context.js";
import { reportText } from "./reports.js";

type Callback = (error?: Error | null) => void;

/** Sends what JavaScript writes to stdout and stderr as reports, in program order. */
export function captureStreams(): void {
  capture("stdout");
  capture("stderr");
}

function capture(name: "stdout" | "stderr"): void {
  const decoder = new StringDecoder("utf8");
  const stream = process[name];
  const write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | Callback,
    done?: Callback,
  ): boolean => {
    const callback = typeof encoding === "function" ? encoding : done;
    const text = typeof chunk === "string" ? decodeText(chunk, encoding) : decoder.write(Buffer.from(chunk));
    if (text !== "") reportText(runNumber(), name, text);
    if (callback) process.nextTick(callback);
    return true;
  };
  stream.write = write;
}

function decodeText(chunk: string, encoding: BufferEncoding | Callback | undefined): string {
  if (typeof encoding !== "string" || encoding === "utf8") return chunk;
  return Buffer.from(chunk, encoding).toString("utf8");
}
