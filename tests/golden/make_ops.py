#!/usr/bin/env python3
"""Writes ops.json beside this script: values and gradients of the primitive operations, by PyTorch in float64.

    OMP_NUM_THREADS=1 /usr/bin/python3 tests/golden/make_ops.py          (Debian package python3-torch)

Layout: {"_meta": {...}, "<case>": {"inputs": {name: {shape, data}}, "outputs": {"y": ...}, "grads": {...}}}. Inputs have
three decimals, so that float32 starts from the same numbers. Gradients are those of sum(y * inputs.cotangent). What
JSON has no number for is written as text: "NaN", "Infinity", "-Infinity".
"""

import json
import math
import os

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
generator = torch.Generator().manual_seed(20261125)
CASES = {}


def rand(*shape, low=-2.0, high=2.0):
    x = torch.rand(shape, generator=generator, dtype=torch.float64) * (high - low) + low
    return torch.round(x * 1000).div(1000)


def exact(values):
    return torch.tensor(values, dtype=torch.float64)


def ints(values):
    return torch.tensor(values, dtype=torch.int64)


def number(v):
    if math.isnan(v):
        return "NaN"
    if math.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    return int(v) if v == int(v) and (v != 0 or math.copysign(1, v) > 0) else float("%.9g" % v)


def pack(x):
    return {"shape": list(x.shape), "data": [number(float(v)) for v in x.detach().double().reshape(-1).tolist()]}


def case(name, fn, grads="all", **inputs):
    """grads: "all" float inputs, or a list of names ([] for none)."""
    wanted = [n for n, t in inputs.items() if t.dtype == torch.float64] if grads == "all" else grads
    leaves = {n: t.clone().requires_grad_(n in wanted) for n, t in inputs.items()}
    y = fn(*leaves.values())
    packed = {n: pack(t) for n, t in inputs.items()}
    slopes = {}
    if wanted:
        ct = rand(*y.shape)
        packed["cotangent"] = pack(ct)
        (y * ct).sum().backward()
        slopes = {n: pack(leaves[n].grad if leaves[n].grad is not None else torch.zeros_like(leaves[n])) for n in wanted}
    assert name not in CASES, name
    CASES[name] = {"inputs": packed, "outputs": {"y": pack(y)}, "grads": slopes}


NAN, INF = float("nan"), float("inf")
ODD = exact([NAN, INF, -INF, 0.0, -0.0, 1e-30, 80.0, -80.0])


def elementwise():
    x = rand(2, 3)
    positive = rand(2, 3, low=0.2, high=3)
    for name, fn in {
        "relu": F.relu, "softplus": F.softplus, "logSigmoid": F.logsigmoid, "atan": torch.atan,
        "expm1": torch.expm1, "square": torch.square, "floor": torch.floor, "ceil": torch.ceil, "round": torch.round,
        "leakyRelu": lambda x: F.leaky_relu(x, 0.1), "elu": lambda x: F.elu(x, 1.5), "reluSquared": lambda x: F.relu(x) ** 2,
        "clip": lambda x: x.clamp(-1, 0.5), "clipBelow": lambda x: x.clamp(min=0.25),
    }.items():
        case(name, fn, x=x)
    for name, fn in {"log1p": torch.log1p, "log2": torch.log2, "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal}.items():
        case(name, fn, x=positive)
    case("tan", torch.tan, x=rand(2, 3, low=-1, high=1))
    case("log1p_small", torch.log1p, x=exact([1e-8, -1e-8, 0.0, 1e-3, -0.5]))
    case("expm1_small", torch.expm1, x=exact([1e-8, -1e-8, 0.0, 1e-3, 5.0]))
    for name, fn in {
        "relu_odd": F.relu, "log1p_odd": torch.log1p, "expm1_odd": torch.expm1, "isNaN": torch.isnan, "isFinite": torch.isfinite,
        "square_odd": torch.square, "abs_odd": torch.abs, "floor_odd": torch.floor, "clip_odd": lambda x: x.clamp(-1, 1),
    }.items():
        case(name, fn, [], x=ODD)
    case("softplus_far", F.softplus, x=exact([-90.0, -20.0, 0.0, 20.0, 90.0]))
    case("logSigmoid_far", F.logsigmoid, x=exact([-90.0, -20.0, 0.0, 20.0, 90.0]))
    case("round_halves", torch.round, [], x=exact([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4999]))
    case("clip_edges", lambda x: x.clamp(-1, 1), x=exact([-1.0, 1.0, -1.5, 0.0]))
    case("pow", torch.pow, a=rand(2, 1, 3, low=0.3, high=2), b=rand(4, 1))
    case("pow_cube", lambda x: x ** 3, x=x)
    case("pow_zero_base", torch.pow, a=exact([0.0, 0.0, 2.0]), b=exact([2.0, 1.0, 0.0]))
    case("pow_no_exponent", lambda x: x ** 0, x=exact([0.0, 3.0]))
    case("remainder", torch.remainder, a=rand(2, 3), b=exact([2.0, -3.0, 0.7]))
    a, b = exact([[1.0, 2.0, NAN], [-1.0, 2.0, 3.0]]), exact([1.0, 3.0, 3.0])
    for name in ["less", "lessEqual", "greater", "greaterEqual", "equal", "notEqual"]:
        fn = {"less": torch.lt, "lessEqual": torch.le, "greater": torch.gt, "greaterEqual": torch.ge, "equal": torch.eq, "notEqual": torch.ne}[name]
        case(name, lambda a, b, fn=fn: fn(a, b), [], a=a, b=b)
    case("divInteger", lambda i, j: torch.div(i, j, rounding_mode="trunc"), [], i=ints([7, -7, 7, -7, 2147483647]), j=ints([2, 2, -2, -2, 3]))
    case("remainderInteger", torch.remainder, [], i=ints([7, -7, 7, -7]), j=ints([3, 3, -3, -3]))


def reductions():
    x = rand(2, 3, 4)
    ties = exact([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    for name, fn in {
        "min": lambda x: x.amin(1), "minAll": lambda x: x.min(), "maxKept": lambda x: x.amax((0, 2), keepdim=True),
        "prod": lambda x: x.prod(2), "logSumExp": lambda x: x.logsumexp((1, 2)), "logSumExpKept": lambda x: x.logsumexp(1, keepdim=True),
        "cumsum": lambda x: x.cumsum(1), "cumsumReverse": lambda x: x.flip(2).cumsum(2).flip(2),
        "cumsumExclusive": lambda x: x.cumsum(0) - x, "variance": lambda x: x.var(1, unbiased=False),
        "varianceUnbiased": lambda x: x.var((0, 2), unbiased=True, keepdim=True), "std": lambda x: x.std(2, unbiased=False),
        "norm": lambda x: x.norm(2, 1), "normOne": lambda x: x.norm(1, 1), "normMost": lambda x: x.abs().amax(2), "normThree": lambda x: x.norm(3, 2),
    }.items():
        case(name, fn, x=x)
    case("max_ties", lambda x: x.amax(1), x=ties)
    case("min_ties", lambda x: x.amin(1), x=ties)
    case("max_NaN", lambda x: x.amax(1), [], x=exact([[1.0, NAN, 2.0], [0.0, 1.0, -INF]]))
    case("min_NaN", lambda x: x.amin(1), [], x=exact([[1.0, NAN, 2.0], [0.0, 1.0, INF]]))
    case("prod_zeros", lambda x: x.prod(1), x=exact([[1.0, 0.0, 3.0], [0.0, 0.0, 2.0], [1.5, -2.0, 3.0]]))
    case("logSumExp_far", lambda x: x.logsumexp(1), x=exact([[100.0, 100.5, 90.0], [-100.0, -101.0, -2000.0]]))
    case("logSumExp_infinite", lambda x: x.logsumexp(1), [], x=exact([[-INF, 0.0], [-INF, -INF], [INF, 0.0]]))
    case("norm_zero", lambda x: x.norm(2, 1), x=exact([[0.0, 0.0], [3.0, 4.0]]))
    # PyTorch's argmax takes any of equal elements; NumPy's the first, as documented here.
    case("argMax", lambda x: torch.from_numpy(x.detach().numpy().argmax(1)), [], x=ties)
    case("argMin", lambda x: torch.from_numpy(x.detach().numpy().argmin(1)), [], x=ties)
    case("argMaxAll", lambda x: x.argmax(), [], x=x)
    case("any", lambda x: (x > 1).any(1), [], x=x)
    case("all", lambda x: (x > -1.5).all(2), [], x=x)


def movement():
    x, y = rand(2, 3, 4), rand(2, 3, 4)
    for name, fn in {
        "stack": lambda x, y: torch.stack([x, y], -1), "unstack": lambda x, y: torch.unbind(x, 1)[2] * torch.unbind(y, 1)[0],
    }.items():
        case(name, fn, x=x, y=y)
    for name, fn in {
        "squeeze": lambda x: x[:, :1].squeeze(1), "unsqueeze": lambda x: x.unsqueeze(-2), "flatten": lambda x: x.flatten(1),
        "swapAxes": lambda x: x.swapaxes(0, -1), "broadcastTo": lambda x: x.broadcast_to(2, 2, 3, 4), "flip": lambda x: x.flip((0, 2)),
        "tril": lambda x: x.tril(-1), "triu": lambda x: x.triu(1), "tile": lambda x: x.tile(2, 1, 3),
        "repeat": lambda x: x.repeat_interleave(3, 1), "roll": lambda x: x.roll(3, 2), "rollBack": lambda x: x.roll(-1, 1),
        "sliceStep": lambda x: x[:, :, 1:4:2], "sliceNegative": lambda x: x[:, -2:-1],
    }.items():
        case(name, fn, x=x)
    index = ints([[[0, 2, 1, 1]], [[2, 2, 0, 1]]])
    case("takeAlongAxis", lambda x, index: torch.gather(x, 1, index), x=x, index=index)
    case("takeAlongAxisBroadcast", lambda x, index: torch.gather(x, 2, index.expand(2, 3, 2)), x=x, index=ints([[[3, 0]]]))
    case("scatterElementsAdd", lambda x, index, v: x.scatter_add(1, index, v), x=x, index=index, v=rand(2, 1, 4))
    case("indexSelect", lambda x, index: x.index_select(2, index), x=x, index=ints([3, 0, 3]))
    case("indexSelectRows", lambda x, index: x.index_select(0, index), x=x, index=ints([1, 1]))
    case("oneHot", lambda index: F.one_hot(index, 4), [], index=ints([[0, 3], [1, 1]]))
    case("eye", lambda x: torch.eye(3, 4), [], x=x)
    case("linspace", lambda x: torch.linspace(-1, 2, 7, dtype=torch.float64), [], x=x)


def ordering():
    x = rand(2, 5, 3)
    case("sort", lambda x: x.sort(1)[0], x=x)
    case("sortDescending", lambda x: x.sort(-1, descending=True)[0], x=x)
    case("argSort", lambda x: x.argsort(1), [], x=x)
    case("argSort_ties", lambda x: torch.sort(x, dim=0, stable=True)[1], [], x=exact([2.0, 1.0, 2.0, 1.0, 1.0]))
    case("topK", lambda x: x.topk(2, 1)[0], x=x)
    case("topKSmallest", lambda x: x.topk(3, 1, largest=False)[0], x=x)
    case("topKIndices", lambda x: x.topk(2, 1)[1], [], x=x)


def products():
    case("dot", torch.dot, a=rand(5), b=rand(5))
    case("outer", torch.outer, a=rand(3), b=rand(4))
    for name, left, right in [("matmulBroadcast", (2, 1, 3, 2), (4, 2, 3)), ("matmulLeftShared", (3, 2), (2, 2, 4)), ("matmulBoth", (2, 1, 3, 2), (1, 3, 2, 2))]:
        case(name, torch.matmul, a=rand(*left), b=rand(*right))
    for equation, shapes in [
        ("bthe,bshe->bhts", [(2, 3, 2, 2), (2, 4, 2, 2)]), ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij,jk", [(2, 3), (3, 4)]), ("ij,kj->ki", [(2, 3), (4, 3)]),
        ("ii", [(3, 3)]), ("ii->i", [(3, 3)]), ("ijij->ji", [(2, 3, 2, 3)]), ("ij->", [(2, 3)]), ("ij->j", [(2, 3)]), ("i,j->ij", [(2,), (3,)]),
        ("i,i->i", [(3,), (3,)]), ("i,i->", [(3,), (3,)]), ("bij,bjk,bkl->bil", [(2, 2, 3), (2, 3, 2), (2, 2, 4)]), ("ij,ji,k->k", [(2, 3), (3, 2), (2,)]),
        ("...ij,...jk->...ik", [(2, 1, 3, 2), (4, 2, 3)]), ("...i->...", [(2, 3, 4)]), ("a...,a...->...", [(2, 3), (2, 3)]), ("ba,cb->ac", [(2, 3), (4, 2)]),
        ("abc,cd->abd", [(2, 3, 4), (4, 2)]), ("abc,abd->acd", [(2, 3, 4), (2, 3, 2)]),
    ]:
        names = "xyzw"
        case("einsum " + equation, lambda *t, equation=equation: torch.einsum(equation, *t), **{names[i]: rand(*s) for i, s in enumerate(shapes)})


for section in (elementwise, reductions, movement, ordering, products):
    section()
meta = {"script": "tests/golden/make_ops.py", "torch": torch.__version__, "cases": len(CASES)}
with open(os.path.join(HERE, "ops.json"), "w") as file:
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in {"_meta": meta, **CASES}.items()]
    file.write("{\n" + ",\n".join(lines) + "\n}\n")
print(len(CASES), "cases")
