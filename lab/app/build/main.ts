import { buildApp, isUpToDate } from "./build-app.js";
import { BuildError } from "./build-error.js";

// Sources, packages → dist/. Run by `gradlab lab`; see README.md for its exit codes.

const cancel = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop());

function stop(): void {
  cancel.abort();
  // Bundling runs in native threads that cannot be called back; what is half built is never taken for whole.
  setTimeout(() => process.exit(130), 500).unref();
}

const { stderr } = process;

/** One line that is rewritten on a terminal, a line for each step elsewhere. */
function progress(): { step: (text: string) => void; end: (text: string) => void } {
  const started = Date.now();
  let timer: NodeJS.Timeout | undefined;
  const seconds = (): string => `${Math.round((Date.now() - started) / 1000)} s`;
  const write = (text: string, last = false): void => {
    stderr.write(stderr.isTTY ? `\r\u001b[K${text}${last ? "\n" : ""}` : `${text}\n`);
  };
  return {
    step: (text) => {
      clearInterval(timer);
      const line = (): void => write(`Building the notebook interface, once: ${text} … ${seconds()}`);
      line();
      if (stderr.isTTY) timer = setInterval(line, 1000);
    },
    end: (text) => {
      clearInterval(timer);
      write(`${text} (${seconds()})`, true);
    },
  };
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes("--check")) {
    if (isUpToDate()) return 0;
    console.error("The front end has to be built.");
    return 3;
  }
  const line = progress();
  try {
    const development = argv.includes("--development");
    const built = await buildApp({ onStep: line.step, signal: cancel.signal, development });
    if (built) line.end("The notebook interface is built");
    return 0;
  } catch (error) {
    if (cancel.signal.aborted) {
      line.end("Stopped");
      return 130;
    }
    line.end("The notebook interface could not be built");
    console.error(error instanceof BuildError ? error.message : error);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
