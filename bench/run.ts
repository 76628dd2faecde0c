import { parseArgs } from "node:util";
import { add4Bench } from "./benches/add4.js";
import { gemmBench } from "./benches/gemm.js";
import { decodeBench, prefillBench } from "./benches/generate.js";
import { describeMachine, writeSection, type Bench, type BenchOptions } from "./harness/index.js";
import { kernelBench } from "./benches/kernel.js";
import { labBench } from "./benches/lab.js";
import { quickstartBench } from "./benches/quickstart.js";
import { smallModelBenches } from "./benches/small-models.js";
import { tokenizersBench } from "./benches/tokenizers.js";
import { trainBenches } from "./benches/train.js";

const BENCHES: readonly Bench[] = [
  ...trainBenches,
  gemmBench,
  ...smallModelBenches,
  add4Bench,
  prefillBench,
  decodeBench,
  tokenizersBench,
  kernelBench,
  labBench,
  quickstartBench,
];

const USAGE = `npm run bench -- [names…] [--rounds 5] [--threads 2]
A name selects every bench whose name contains it: ${BENCHES.map((b) => b.name).join(", ")}.`;

interface Command extends BenchOptions {
  readonly filters: readonly string[];
}

function positive(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${what} must be a whole number of at least 1, not "${text}"`);
  return value;
}

function readCommand(): Command {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      threads: { type: "string", default: "2" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  return {
    filters: positionals,
    rounds: positive(values.rounds, "rounds"),
    threads: positive(values.threads, "threads"),
  };
}

async function main(): Promise<void> {
  const command = readCommand();
  const chosen = BENCHES.filter(
    (b) => command.filters.length === 0 || command.filters.some((f) => b.name.includes(f)),
  );
  if (chosen.length === 0)
    throw new Error(`No bench has a name containing ${command.filters.join(" or ")}.\n${USAGE}`);
  for (const bench of chosen) await runOne(bench, command);
}

async function runOne(bench: Bench, command: Command): Promise<void> {
  try {
    process.stderr.write(`${bench.name}: ${bench.title}\n`);
    const body = await bench.run(command);
    const made = `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}. Command: \`npm run bench -- ${bench.name} --rounds ${command.rounds} --threads ${command.threads}\``;
    await writeSection(bench.name, `## ${bench.title}\n\n${made}\n\n${body}`);
    console.log(`\n## ${bench.title}\n\n${body}\n`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`${bench.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
