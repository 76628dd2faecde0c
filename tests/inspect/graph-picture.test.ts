import assert from "node:assert/strict";
import { test } from "node:test";
import {
  diagram,
  DISPLAY,
  grad,
  graphPicture,
  hostArray,
  matmul,
  placeholder,
  Variable,
  type MimeBundle,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

/** Corners of the boxes (white rectangles with a border). */
function boxesOf(svg: string): { left: number; top: number; right: number; bottom: number }[] {
  const pattern =
    /<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)" rx="[\d.]+" fill="#ffffff"/g;
  return [...svg.matchAll(pattern)].map((found) => {
    const [left, top, width, height] = found.slice(1).map(Number);
    return { left, top, right: left + width, bottom: top + height };
  });
}

const weight = (name: string): Variable => new Variable(hostArray(new Float32Array(16), [4, 4]), name);

function block(x: Tensor, w: Variable): Tensor {
  return matmul(x, w).tanh().add(x);
}

function layer(x: Tensor, w: Variable): Tensor {
  return block(x, w).exp().sin().cos().abs().sqrt();
}

test("boxes do not overlap, lie inside the picture, and arrows point down", () => {
  const x = placeholder([2, 4]);
  const [a, b] = [weight("a"), weight("b")];
  const loss = block(block(x, a), b).sum();
  const svg = graphPicture([loss, ...grad(loss, [a, b])]).svg();
  const boxes = boxesOf(svg);
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number);
  assert.ok(boxes.length > 10);
  boxes.forEach((one, i) => {
    assert.ok(one.left >= 0 && one.top >= 0 && one.right <= width && one.bottom <= height);
    for (const other of boxes.slice(i + 1)) {
      const apart =
        one.right <= other.left ||
        other.right <= one.left ||
        one.bottom <= other.top ||
        other.bottom <= one.top;
      assert.ok(apart, `${JSON.stringify(one)} ${JSON.stringify(other)}`);
    }
  });
  for (const path of svg.matchAll(/<path d="M[\d.-]+ ([\d.-]+)C.* ([\d.-]+)" fill="none"/g)) {
    assert.ok(Number(path[2]) > Number(path[1]));
  }
});

test("gradients have dashed borders; variables and their updates are named in boxes", () => {
  const w = weight("w");
  const loss = matmul(placeholder([2, 4]), w)
    .tanh()
    .sum();
  const svg = graphPicture(grad(loss, [w])[0]).svg();
  assert.ok(count(svg, /stroke-dasharray/g) > 0);
  assert.match(svg, />matmul · w</);
});

test("a chain is drawn as a straight column", () => {
  const boxes = boxesOf(graphPicture(placeholder([2]).exp().neg().sin()).svg());
  const middles = boxes.map(({ left, right }) => (left + right) / 2);
  assert.equal(boxes.length, 5);
  for (const middle of middles) assert.ok(Math.abs(middle - middles[0]) < 0.11);
});

test("a large graph is folded by the calls that made its nodes, and no arrow is lost", () => {
  let x: Tensor = placeholder([2, 4]);
  for (let i = 0; i < 12; i++) x = block(x, weight(`w${i}`)).neg();
  const whole = graphPicture(x, { limit: 1000 }).svg();
  const folded = graphPicture(x, { limit: 40 }).svg();
  assert.equal(boxesOf(whole).length, 12 * 4 + 2);
  assert.ok(boxesOf(folded).length <= 16 + 2, `${boxesOf(folded).length} boxes`);
  assert.ok(boxesOf(folded).length > 1);
});

test("functions of the user name the parts of a folded graph", () => {
  let x: Tensor = placeholder([2, 4]);
  for (let i = 0; i < 3; i++) x = layer(x, weight(`w${i}`)).neg();
  const svg = graphPicture(x, { limit: 20 }).svg();
  assert.equal(boxesOf(svg).length, 3 * 2 + 2);
  assert.equal(count(svg, />layer \(graph-picture\.test\.[jt]s:\d+\)</g), 3);
  assert.equal(count(svg, />matmul, tanh, add, exp, sin, cos, abs, sqrt</g), 3);
});

test("a picture shows itself as HTML, SVG and text", async () => {
  const picture = graphPicture(placeholder([2]).exp(), { title: "A <title>" });
  const bundle: MimeBundle = await picture[DISPLAY]();
  assert.match(String(bundle["text/html"]), /^<div[^>]*><svg/);
  assert.match(String(bundle["image/svg+xml"]), /A &#60;title&#62;/);
  assert.match(String(bundle["text/plain"]), /^argument arg0: float32\[2\]\n%0: float32\[2\] = exp\(arg0\)/);
});

test("a diagram needs boxes", async () => {
  await refused("E_DATA_EMPTY", () => diagram({ boxes: [], edges: [] }));
});
