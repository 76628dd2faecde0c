import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AdamW,
  capture,
  compile,
  crossEntropy,
  grad,
  graphDot,
  graphMermaid,
  hostArray,
  matmul,
  placeholder,
  printGraph,
  tensor,
  traceGraph,
  Variable,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";

const weight = (name: string, rows: number, columns: number): Variable =>
  new Variable(hostArray(new Float32Array(rows * columns), [rows, columns]), name);

/** Without the places, which differ between a source and its compiled form. */
const plain = (text: string): string => text.replace(/ +# .*$/gm, "");

test("each node is a line: number, type, op, what it reads, attributes that are not the usual ones", () => {
  const w = weight("w", 4, 3);
  const y = matmul(placeholder([2, 3]), w, { transB: true })
    .add(0.5)
    .exp();
  assert.equal(
    plain(printGraph(y)),
    [
      "argument arg0: float32[2, 3]",
      "variable w: float32[4, 3]",
      "%0: float32[2, 4] = matmul(arg0, w, transB=true)",
      "%1: float32[2, 4] = add(%0, 0.5)",
      "%2: float32[2, 4] = exp(%1)",
      "output %2: float32[2, 4]",
    ].join("\n"),
  );
});

test("lines end with the place that made the node, gradients with what they differentiate", () => {
  const x = placeholder([2]);
  const [dx] = grad(x.exp().sum(), [x]);
  const lines = printGraph(dx).split("\n");
  assert.match(lines[1], /^%0: float32\[2\] = exp\(arg0\) +# tests\/.*print-graph\.test\.[jt]s:\d+:\d+$/);
  const square = printGraph(grad(x.mul(x).sum(), [x])[0]);
  assert.match(square, / # gradient of tests\/.*print-graph\.test\.[jt]s:\d+:\d+$/m);
});

test("the graph is shown as it is computed, or as it was written", () => {
  const x = placeholder([2, 2]);
  const y = matmul(x.mul(2), x.add(0));
  assert.match(plain(printGraph(y)), /^%0: float32\[2, 2\] = matmul\(arg0, arg0, alpha=2\)$/m);
  const written = plain(printGraph(y, { simplify: false }));
  assert.match(written, /^%0: .* = mul\(arg0, 2\)\n%1: .* = add\(arg0, 0\)\n%2: .* = matmul\(%0, %1\)$/m);
});

test("several outputs, constants of a shape, short given values and names that stand twice", () => {
  const [a, b] = [weight("w", 2, 2), weight("w", 2, 2)];
  const text = plain(printGraph({ sum: a.add(b), scaled: tensor([1, 2.5]).mul(tensor(3)) }));
  assert.match(text, /^variable w: float32\[2, 2\]\nvariable w_2: float32\[2, 2\]$/m);
  assert.match(text, /^given in2: float32\[2\] = \[1, 2\.5\]\ngiven in3: float32\[\] = 3$/m);
  assert.match(text, /^output %0: float32\[2, 2\]\noutput %1: float32\[2\]$/m);
  const loss = crossEntropy(placeholder([2, 3]), placeholder([2], "int32"));
  assert.match(plain(printGraph(loss)), /\(float32\[2\], float32\[2, 3\]\) = tokenLoss\(arg0, arg1/);
});

test("sizes that may differ from run to run go by name", () => {
  const x = placeholder([999_983, 4]);
  const text = plain(printGraph(capture([x.exp()], { symbols: { batch: 999_983 } })));
  assert.match(text, /^symbol batch \(traced as 999983\)\nargument arg0: float32\[batch, 4\]$/m);
  assert.match(text, /^%0: float32\[batch, 4\] = exp\(arg0\)\noutput %0: float32\[batch, 4\]$/m);
});

test("a program for all sizes prints its sizes, and what depends on them, as formulas", async () => {
  const rows = compile((x: Tensor) => x.sub(x.mean()).reshape([-1]), { dynamicAxes: [["time", null]] });
  const text = plain(printGraph(await traceGraph(rows, [tensor([[1, 2, 3, 4]])])));
  assert.match(text, /^symbol time \(traced as \d+\)\nargument arg0: float32\[time, 4\]$/m);
  assert.match(text, /^%0: float32\[\] = sum\(arg0, /m);
  assert.match(text, /reshape\(%\d+, shape=\[4·time\]\)/);
  assert.doesNotMatch(text.replace(/^symbol.*$/m, ""), /\d{4}/);
});

test("a compiled step is traced again: updates are outputs that overwrite their variables", async () => {
  const w = weight("w", 3, 3);
  const optimizer = new AdamW([w]);
  optimizer.advance();
  const step = compile((x: Tensor) => {
    const loss = matmul(x, w).mean();
    optimizer.assign(grad(loss, [w]));
    return loss;
  });
  const x = tensor([[1, 2, 3]]);
  const graph = await traceGraph(step, [x]);
  const text = printGraph(graph);
  assert.match(text, /^output %\d+: float32\[3, 3\] overwrites w$/m);
  assert.match(text, /^output %[\d.]+: float32\[3, 3\] overwrites w\.first$/m);
  assert.equal(w.storage?.array?.data[0], 0, "nothing was run");
  assert.equal(printGraph(graph), printGraph(await traceGraph(step, [x])), "and can be traced again");
  await step(x);
  assert.notEqual((await w.data())[0], 0);
});

test("what is not a function of tensors is refused", async () => {
  await refused("E_CONFIG", () =>
    traceGraph(async (x: Tensor) => Promise.resolve(x) as never, [tensor([1])]),
  );
});

test("Mermaid and Graphviz texts hold every box and arrow, with special characters escaped", () => {
  const w = weight('a"b', 2, 2);
  const y = matmul(placeholder([2, 2]), w).exp();
  assert.equal(
    graphMermaid(y),
    [
      "flowchart TD",
      '  n0(["arg0<br/>float32[2, 2]"])',
      '  n1["matmul · a#34;b<br/>float32[2, 2]"]',
      '  n2["exp<br/>float32[2, 2]"]',
      '  n3(["output<br/>float32[2, 2]"])',
      "  n0 --> n1",
      "  n1 --> n2",
      "  n2 --> n3",
    ].join("\n"),
  );
  const dot = graphDot(y);
  assert.match(dot, /^digraph \{\n/);
  assert.match(dot, /n1 \[label="matmul · a\\"b\\nfloat32\[2, 2\]"\];/);
  assert.match(dot, /n2 -> n3;\n\}$/);
});
