import { parseArgs } from "node:util";
import { KernelError } from "gradlab-kernel";

/** ms between two lines of progress. */
const REPORT_EVERY = 10_000;

/** `gradlab train RECIPE …`: pre-trains by a recipe, or fine-tunes by the configuration of a ModelFineTuner. */
export async function trainCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { minutes: { type: "string" }, threads: { type: "string" } },
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new KernelError("E_USAGE", "Name one recipe to train by.");
  const minutes = positive("minutes", values.minutes);
  const threads = positive("threads", values.threads);
  const gradlab = await import("gradlab");
  if (threads !== undefined) gradlab.useEngine(new gradlab.OnnxEngine({ threads }));
  const cancel = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => cancel.abort("interrupted"));
  const config = await gradlab.readConfigFile(path);
  try {
    if (typeof config === "object" && config !== null && "baseModel" in config)
      return await fineTune(gradlab, config, cancel.signal);
    const pretrainer = await gradlab.Pretrainer.fromRecipe(path);
    return await pretrain(pretrainer, minutes, cancel.signal);
  } catch (error) {
    if (!cancel.signal.aborted) throw error;
    console.error("Interrupted. The same command goes on from the last checkpoint.");
    return 130;
  }
}

type Gradlab = typeof import("gradlab");
type Pretrainer = Awaited<ReturnType<Gradlab["Pretrainer"]["fromRecipe"]>>;

async function pretrain(
  pretrainer: Pretrainer,
  minutes: number | undefined,
  signal: AbortSignal,
): Promise<number> {
  const job = pretrainer.run({ signal, ...(minutes === undefined ? {} : { minutes }) });
  let shown = 0;
  for await (const event of job) {
    if (event.type === "start") {
      const from = event.resumedFrom === undefined ? "" : `, going on from step ${event.resumedFrom}`;
      console.log(
        `${event.parameters.toLocaleString("en")} parameters, ${event.steps} steps of ${event.tokensPerStep} tokens${from}; products reach ${Math.round(event.peakFlops / 1e9)} GFLOP/s`,
      );
    } else if (event.type === "step" && Date.now() - shown >= REPORT_EVERY) {
      shown = Date.now();
      console.log(
        `step ${event.step}/${event.totalSteps}  loss ${event.loss.toFixed(3)}  ${Math.round(event.tokensPerSecond)} tokens/s  ${Math.ceil(event.etaMs / 60_000)} min left`,
      );
    } else if (event.type === "eval") {
      const scores = Object.entries(event.heldOut).map(([name, { bitsPerByte, loss }]) =>
        bitsPerByte === undefined
          ? `${name} ${loss.toFixed(3)} nats per hidden token`
          : `${name} ${bitsPerByte.toFixed(3)} bits per byte`,
      );
      const mfu = event.mfu === undefined ? "" : `  MFU ${(100 * event.mfu).toFixed(0)} %`;
      console.log(`step ${event.step}  held out: ${scores.join(", ") || "nothing"}${mfu}`);
    }
  }
  const { path, finished, step } = await job;
  console.log(finished ? path : `${path} at step ${step}: the same command goes on from here`);
  return 0;
}

async function fineTune(gradlab: Gradlab, config: object, signal: AbortSignal): Promise<number> {
  const tuner = await gradlab.ModelFineTuner.fromConfig(config);
  const job = tuner.run({ signal, resume: true });
  let shown = 0;
  for await (const event of job) {
    if (event.type === "step" && Date.now() - shown >= REPORT_EVERY) {
      shown = Date.now();
      console.log(`step ${event.step}/${event.totalSteps}  loss ${event.loss.toFixed(3)}`);
    } else if (event.type === "eval") {
      console.log(`step ${event.step}  held-out perplexity ${event.perplexity.toFixed(2)}`);
    }
  }
  console.log((await job).adapter.path);
  return 0;
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0) return value;
  throw new KernelError("E_USAGE", `--${name} ${text} is not a number above 0.`);
}
