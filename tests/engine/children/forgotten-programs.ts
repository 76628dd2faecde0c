// Runs programs that nobody holds while collections are forced, then counts what is left of them.
import { capture, OnnxEngine, tensor, type Program } from "gradlab";

const engine = new OnnxEngine({ via: "c-api", threads: 1 });
const collect = (globalThis as { gc?: () => void }).gc!;
const size = 128;
const values = new Float32Array(size * size).fill(0.01);

async function runForgotten(i: number): Promise<number> {
  const x = tensor(values.slice(), { shape: [size, size] });
  let y = x;
  for (let depth = 0; depth < 8; depth++) y = y.matmul(x, { alpha: 1 + i / 100 });
  const graph = capture([y]);
  const inputs = graph.inputs.map((input) => input.storage!);
  const running = engine.compile(graph).then((program: Program) => program.run(inputs));
  const timer = setInterval(collect, 0);
  const [result] = await running;
  clearInterval(timer);
  return Number((await result.read()).data[0]);
}

const results: number[] = [];
for (let i = 0; i < 25; i++) results.push(await runForgotten(i));
for (let i = 0; i < 5; i++) {
  collect();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
console.log(JSON.stringify({ finite: results.every(Number.isFinite), programs: engine.memory().programs }));
