// Trains a deep stack of residual blocks, plain or checkpointed, and prints its peak memory and results as JSON.
import { createHash } from "node:crypto";
import {
  add,
  checkpoint,
  compile,
  gelu,
  grad,
  initialize,
  layerNorm,
  matmul,
  tensor,
  Variable,
  type Tensor,
} from "gradlab";

const [how] = process.argv.slice(2);
const [ROWS, WIDTH, HIDDEN, BLOCKS, STEPS] = [2048, 128, 512, 24, 2];

const variable = (name: string, shape: readonly number[], value?: number): Variable =>
  new Variable(
    initialize(name, shape, value === undefined ? { normal: 0.05 } : { constant: value }, 7),
    name,
  );

const parameters: Variable[] = [];
const blocks = Array.from({ length: BLOCKS }, (_, i) => {
  const [gain, bias] = [variable(`${i}.gain`, [WIDTH], 1), variable(`${i}.bias`, [WIDTH], 0)];
  const [up, down] = [variable(`${i}.up`, [WIDTH, HIDDEN]), variable(`${i}.down`, [HIDDEN, WIDTH])];
  parameters.push(gain, bias, up, down);
  const block = (x: Tensor): Tensor =>
    add(x, matmul(gelu(matmul(layerNorm(x, gain, bias), up), { approximate: "tanh" }), down));
  return how === "checkpoint" ? checkpoint(block) : block;
});

const step = compile((x: Tensor, y: Tensor) => {
  const error = blocks.reduce((h, block) => block(h), x).sub(y);
  const loss = error.mul(error).mean();
  grad(loss, parameters).forEach((g, i) => parameters[i].assign(parameters[i].sub(g.mul(0.1))));
  return loss;
});

const random = (name: string): Tensor =>
  tensor(initialize(name, [ROWS, WIDTH], { normal: 1 }, 9).data, { shape: [ROWS, WIDTH] });
const [x, y] = [random("x"), random("y")];
const losses: number[] = [];
const before = process.memoryUsage.rss();
const cpu = process.cpuUsage();
for (let i = 0; i < STEPS; i++) losses.push(await (await step(x, y)).item());
const { user, system } = process.cpuUsage(cpu);
const hash = createHash("sha1");
for (const parameter of parameters) hash.update(new Uint8Array((await parameter.data()).buffer));
console.log(
  JSON.stringify({
    losses,
    parameters: hash.digest("hex"),
    peakBytes: process.resourceUsage().maxRSS * 1024 - before,
    cpuMs: (user + system) / 1000,
  }),
);
