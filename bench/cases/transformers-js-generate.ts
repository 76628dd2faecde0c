/** transformers.js as a resident peer of decoding, driven through its own generate(). */
import { basename, dirname } from "node:path";
import { hashIntegers } from "../weights/index.js";
import { versionOf } from "./installed.js";
import { serveRuns, startCost, type Cost, type RunOutput, type RunRequest } from "./serve-runs.js";

interface GenerateCase {
  /** A folder with config.json and onnx/. */
  readonly folder: string;
  readonly dtype: string;
  readonly threads: number;
}

/** The part of the library that is used; it is installed on demand, so its own types may be missing. */
interface Library {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  readonly AutoModelForCausalLM: {
    from_pretrained(id: string, options: object): Promise<Model>;
  };
  readonly Tensor: new (type: string, data: BigInt64Array, dims: readonly number[]) => object;
}

interface Model {
  readonly config: { readonly vocab_size: number };
  generate(options: object): Promise<{ readonly data: BigInt64Array }>;
}

const NAME = "@huggingface/transformers";
/** Untimed tokens at the start of every slice, as in peers/llama.c. */
const WARM_UP = 16;

class Peer {
  constructor(
    readonly library: Library,
    readonly model: Model,
  ) {}

  prompt(length: number): Int32Array {
    return hashIntegers("prompt", length, this.model.config.vocab_size);
  }

  /** Greedy; returns the new tokens. `put` is called with the prompt, then with every token. */
  async generate(ids: Int32Array, count: number, put: () => void = () => undefined): Promise<number[]> {
    const dims = [1, ids.length];
    const tensor = (data: BigInt64Array): object => new this.library.Tensor("int64", data, dims);
    const out = await this.model.generate({
      inputs: tensor(BigInt64Array.from(ids, BigInt)),
      attention_mask: tensor(new BigInt64Array(ids.length).fill(1n)),
      max_new_tokens: count,
      do_sample: false,
      streamer: { put, end: () => undefined },
    });
    return Array.from(out.data.subarray(ids.length), Number);
  }
}

/** Timed from the first token, which the prompt gives, to `run` tokens later. */
async function decode(peer: Peer, { run, context = 256 }: RunRequest): Promise<RunOutput> {
  await peer.generate(peer.prompt(4 * WARM_UP), WARM_UP);
  let [puts, stop, cost] = [0, undefined as (() => Cost) | undefined, undefined as Cost | undefined];
  const tokens = await peer.generate(peer.prompt(context), run + 1, () => {
    puts++;
    if (puts === 2) stop = startCost();
    if (puts === run + 2) cost = stop?.();
  });
  if (!cost) throw new Error(`generate() made ${tokens.length} tokens instead of ${run + 1}`);
  return { cost, tokens: tokens.slice(0, run) };
}

async function prefill(peer: Peer, { run }: RunRequest): Promise<RunOutput> {
  await peer.generate(peer.prompt(4 * WARM_UP), 1);
  const ids = peer.prompt(run);
  const stop = startCost();
  const tokens = await peer.generate(ids, 1);
  return { cost: stop(), tokens };
}

async function load({ folder, dtype, threads }: GenerateCase): Promise<Peer> {
  const library = (await import(NAME)) as Library;
  library.env.allowRemoteModels = false;
  library.env.localModelPath = dirname(folder);
  const model = await library.AutoModelForCausalLM.from_pretrained(basename(folder), {
    dtype,
    device: "cpu",
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  });
  return new Peer(library, model);
}

async function main(c: GenerateCase): Promise<void> {
  const peer = await load(c);
  const versions = { [NAME]: versionOf(NAME), "onnxruntime-node": versionOf("onnxruntime-node") };
  await serveRuns(versions, (request) =>
    request.mode === "prefill" ? prefill(peer, request) : decode(peer, request),
  );
}

await main(JSON.parse(process.argv[2] ?? "{}") as GenerateCase);
