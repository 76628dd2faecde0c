import { idOf, Node, outputsOf, Tensor, type AnyOp, type Graph } from "../../graph/index.js";
import { elementwiseKernel, type Expression } from "../jit/index.js";
import { registerLowering } from "./lower/index.js";
import type { Region, Written } from "./region.js";

interface Contraction {
  readonly region: Region;
  readonly written: Written;
}

/** The graph with each region as one node, which stands where the region's last member stood. */
export function contract(graph: Graph, contractions: readonly Contraction[]): Graph {
  const byMember = new Map<Node, Contraction>();
  for (const each of contractions) for (const member of each.region.members) byMember.set(member, each);
  const images = new Map<string, Tensor>();
  const image = (tensor: Tensor): Tensor => images.get(idOf(tensor)) ?? tensor;
  const nodes = orderOf(graph, byMember).map((node) => {
    const written = byMember.get(node)?.written;
    const made = written ? fusedNode(node, written, image) : copyOf(node, image);
    const results = written ? written.outputs.map((member) => new Tensor(member)) : outputsOf(node);
    results.forEach((result, index) => images.set(idOf(result), new Tensor(made, index)));
    return made;
  });
  return { ...graph, nodes, outputs: graph.outputs.map(image) };
}

/**
 * The nodes, each region by its last member alone, all behind what they need. A region is not pulled forward to its
 * first member: with it would come all that it reads.
 */
function orderOf(graph: Graph, byMember: ReadonlyMap<Node, Contraction>): Node[] {
  const inside = new Set(graph.nodes);
  const membersOf = (node: Node): ReadonlySet<Node> => byMember.get(node)?.region.members ?? new Set([node]);
  const standIn = (node: Node): Node => [...membersOf(node)].at(-1)!;
  const done = new Set<Node>();
  for (const root of graph.nodes) {
    if (standIn(root) !== root) continue;
    const stack = [root];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      const members = membersOf(node);
      const open = [...members]
        .flatMap((member) => member.inputs.map((input) => input.node))
        .filter((from) => inside.has(from) && !members.has(from) && !done.has(standIn(from)));
      if (open.length > 0) stack.push(...open.map(standIn));
      else done.add(stack.pop()!);
    }
  }
  return [...done];
}

const copyOf = (node: Node, image: (tensor: Tensor) => Tensor): Node =>
  new Node(node.op, node.inputs.map(image), node.attrs, node.outputs, node.made);

function fusedNode(last: Node, written: Written, image: (tensor: Tensor) => Tensor): Node {
  const specs = written.outputs.map(({ outputs: [spec] }) => spec);
  return new Node(fusedOp(written.expression), written.inputs.map(image), {}, specs, last.made);
}

const never = (): never => {
  throw new Error("a fused node is only written, never interpreted");
};

/** An op of its own for one expression; its rule is a kernel. */
function fusedOp(expression: Expression): AnyOp {
  const op: AnyOp = {
    name: `fused(${[...new Set(expression.steps.map(({ op: name }) => name))].join("+")})`,
    doc: "Several elementwise ops in one pass over memory.",
    traits: ["elementwise"],
    shape: never,
    vjp: { nondifferentiable: "it is made after differentiation" },
    reference: never,
    samples: () => [],
    flops: () => expression.rows * expression.width * expression.steps.length,
  };
  registerLowering(op, ({ model, node, inputs }) => {
    const shapes = node.outputs.map(({ shape }) => shape);
    return model.native(elementwiseKernel(expression, shapes), inputs);
  });
  return op;
}
