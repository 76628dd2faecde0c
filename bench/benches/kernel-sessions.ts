import { setTimeout as sleep } from "node:timers/promises";
import {
  bigText,
  DISPLAYS,
  type Exchange,
  KernelDriver,
  type KernelSpec,
  LINES,
  memberOf,
  newCell,
  printLines,
} from "../kernel/index.js";
import { type KernelFigures, note, type Row } from "./kernel-report.js";

/** How often a slice repeats its request. */
const REPEATS = { add: 40, pipelined: 100, cells: 8, warm: 10, lines: 4 } as const;
/** ms that are waited for what comes after idle, and for a request that may never end. */
const STRAGGLERS = 1500;
const PATIENCE = 20_000;
/** ms until memory is measured: types are still being read when the first cell has ended. */
const REST = 2000;

interface Seat {
  readonly spec: KernelSpec;
  readonly driver: KernelDriver;
  readonly figures: KernelFigures;
  /** How many new cells were run. */
  cells: number;
}

type Slice = (seat: Seat) => Promise<void>;

/** All kernels alive at once; in every round each takes its turn at every slice, in rotated order. */
export async function measureSessions(
  specs: readonly KernelSpec[],
  rounds: number,
  figures: ReadonlyMap<string, KernelFigures>,
): Promise<void> {
  const seats: Seat[] = [];
  try {
    for (const spec of specs) seats.push(await takeSeat(spec, figures.get(spec.name) ?? new Map()));
    for (let r = 0; r < rounds; r += 1) {
      for (const slice of [addSlice, pipelinedSlice, cellSlice, askSlice, linesSlice])
        for (let i = 0; i < seats.length; i += 1) await slice(seats[(i + r) % seats.length]);
      process.stderr.write(`  round ${r + 1} of ${rounds}\n`);
    }
    for (const seat of seats) await displaySlice(seat);
    await sleep(REST);
    for (const seat of seats) noteMemory(seat, "end");
  } finally {
    for (const { driver } of seats) await driver.stop();
  }
}

async function takeSeat(spec: KernelSpec, figures: KernelFigures): Promise<Seat> {
  for (let tries = 0; tries < 5; tries += 1) {
    const started = await KernelDriver.start(spec);
    if (started === undefined) continue;
    const { driver } = started;
    await driver.listen();
    const seat = { spec, driver, figures, cells: 0 };
    await driver.execute("1 + 1", PATIENCE);
    await sleep(REST);
    noteMemory(seat, "start");
    // not timed: what is loaded and compiled by the first cell of each kind
    for (let i = 0; i < 3; i += 1) await runNewCell(seat);
    await addOnce(seat);
    return seat;
  }
  throw new Error(`${spec.name} did not start in five tries.`);
}

function noteMemory({ driver, figures }: Seat, when: "start" | "end"): void {
  const { rssMb, heldMb } = driver.memory();
  note(figures, `${when}Rss`, rssMb);
  note(figures, `${when}Held`, heldMb);
}

const lasted = ({ doneMs }: Exchange): number => doneMs ?? Infinity;

/** CPU time of the kernel for one of `times` repetitions. */
async function withCpu<T>(seat: Seat, row: Row, times: number, work: () => Promise<T>): Promise<T> {
  const before = seat.driver.usage().cpuMs;
  const result = await work();
  note(seat.figures, row, (seat.driver.usage().cpuMs - before) / times);
  return result;
}

const addOnce = ({ driver }: Seat): Promise<Exchange> => driver.execute("1 + 1", PATIENCE);

const addSlice: Slice = (seat) =>
  withCpu(seat, "addCpu", REPEATS.add, async () => {
    for (let i = 0; i < REPEATS.add; i += 1) note(seat.figures, "add", lasted(await addOnce(seat)));
  });

const pipelinedSlice: Slice = async (seat) => {
  const started = performance.now();
  const sent = Array.from({ length: REPEATS.pipelined }, () => addOnce(seat));
  const ended = await Promise.all(sent);
  const lost = ended.filter(({ doneMs }) => doneMs === undefined).length;
  note(seat.figures, "pipelinedLost", lost);
  note(seat.figures, "pipelined", lost > 0 ? Infinity : performance.now() - started);
};

function runNewCell(seat: Seat): Promise<Exchange> {
  seat.cells += 1;
  return seat.driver.execute(newCell(seat.spec.language, seat.cells), PATIENCE);
}

const cellSlice: Slice = (seat) =>
  withCpu(seat, "cellCpu", REPEATS.cells, async () => {
    for (let i = 0; i < REPEATS.cells; i += 1) {
      const exchange = await runNewCell(seat);
      if (exchange.reply["status"] === "error")
        throw new Error(`${seat.spec.name}: ${JSON.stringify(exchange.reply)}`);
      note(seat.figures, "cell", lasted(exchange));
    }
  });

const askSlice: Slice = async (seat) => {
  const ask = async (type: string, row: Row, code: string): Promise<void> => {
    const content = { code, cursor_pos: code.length, detail_level: 0 };
    note(seat.figures, row, lasted(await seat.driver.request(type, content, { patience: PATIENCE })));
  };
  const { language } = seat.spec;
  for (const [type, cold, warm, part] of [
    ["complete_request", "completeCold", "complete", "prefix"],
    ["inspect_request", "inspectCold", "inspect", "whole"],
  ] as const) {
    await runNewCell(seat);
    const code = memberOf(language, seat.cells)[part];
    await ask(type, cold, code);
    for (let i = 0; i < REPEATS.warm; i += 1) await ask(type, warm, code);
  }
};

/** Again and again, but once where it never ends. */
const linesSlice: Slice = async (seat) => {
  for (let i = 0; i < REPEATS.lines; i += 1) {
    const code = printLines(seat.spec.language);
    const exchange = await withCpu(seat, "linesCpu", 1, () => seat.driver.execute(code, PATIENCE));
    note(seat.figures, "lines", lasted(exchange));
    note(seat.figures, "linesExact", countLines(exchange));
    const isWhole = exchange.doneMs !== undefined && exchange.late.length === 0;
    await sleep(isWhole ? 50 : STRAGGLERS);
    if (exchange.doneMs === undefined) return;
  }
};

function countLines({ outputs }: Exchange): number {
  const printed = outputs.map(({ content: { text } }) => (typeof text === "string" ? text : "")).join("");
  const expected = Array.from({ length: LINES }, (_, i) => `line ${i}\n`).join("");
  return printed === expected ? LINES : printed.split("\n").length - 1;
}

const displaySlice: Slice = async (seat) => {
  const { language, display } = seat.spec;
  const imports = seat.spec.name === "tslab" ? 'import * as tslab from "tslab";\n' : "";
  if (imports !== "") await seat.driver.execute(imports, PATIENCE);
  await withCpu(seat, "displaysCpu", 1, async () => {
    let exact = 0;
    let ms = 0;
    for (let i = 0; i < DISPLAYS.count; i += 1) {
      const exchange = await seat.driver.execute(display(bigText(language, i)), PATIENCE);
      ms += lasted(exchange);
      const wanted = `${i}`.repeat(DISPLAYS.bytes);
      if (exchange.outputs.some(({ content }) => htmlOf(content) === wanted)) exact += 1;
      if (exchange.doneMs === undefined) await sleep(STRAGGLERS);
    }
    note(seat.figures, "displays", ms);
    note(seat.figures, "displaysExact", exact);
  });
};

function htmlOf(content: Readonly<Record<string, unknown>>): unknown {
  return (content["data"] as Record<string, unknown> | undefined)?.["text/html"];
}
