import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";

/** A local TypeScript file as it was when it was loaded. */
export interface ImportedFile {
  readonly url: string;
  readonly source: string;
  readonly mappings: string;
}

const files = new Map<string, ImportedFile>();
let port: MessagePort | undefined;

/** From where the thread that loads modules tells what it read. */
export function hearImports(from: MessagePort): void {
  port = from;
  from.unref();
}

/** The file behind a module's URL; undefined for what was not TypeScript. */
export function importedFile(url: string): ImportedFile | undefined {
  // taken when asked for: an error may be laid out before any message event could be handled
  for (let next = port && receiveMessageOnPort(port); next; next = port && receiveMessageOnPort(port)) {
    const file = next.message as ImportedFile;
    files.set(file.url, file);
  }
  return files.get(url);
}
