#!/usr/bin/env python3
"""Writes transforms.json beside this script: products with Jacobians and Hessians by torch.autograd.functional.

    OMP_NUM_THREADS=1 /usr/bin/python3 tests/golden/make_transforms.py          (Debian package python3-torch)

float64 from seeded inputs of three decimals. Each case: the inputs, and what PyTorch gives for the function named.
"""

import json
import os

import torch
import torch.nn.functional as F
from torch.autograd.functional import hessian, hvp, jacobian, jvp, vjp

torch.set_num_threads(1)
generator = torch.Generator().manual_seed(20250301)


def rand(*shape):
    return torch.round(torch.randn(*shape, generator=generator, dtype=torch.float64) * 1000) / 1000


def pack(tensor):
    return {"shape": list(tensor.shape), "data": [float("%.12g" % v) for v in tensor.reshape(-1).tolist()]}


W = rand(4, 3)
GAIN, BIAS = rand(4), rand(4)
TARGETS = torch.tensor([2, 0])


def attend(x):
    p = torch.softmax(x @ x.T / 2 + torch.triu(torch.full((2, 2), -1e30, dtype=torch.float64), 1), -1)
    return p @ torch.tanh(x)


FUNCTIONS = {
    "softmaxOfProduct": lambda x: torch.softmax(x @ W, -1),
    "layerNorm": lambda x: F.layer_norm(x, (4,), GAIN, BIAS),
    "geluTimesSigmoid": lambda x: F.gelu(x) * torch.sigmoid(x),
    "causalAttention": attend,
}
SCALARS = {
    "crossEntropy": lambda x: F.cross_entropy(x @ W, TARGETS),
    "normOfNorm": lambda x: (F.layer_norm(x, (4,), GAIN, BIAS) ** 2).mean() + torch.logsumexp(x, -1).sum(),
    "sines": lambda x: (torch.sin(x) * torch.cos(x.flip(0))).sum() ** 2,
}

golden = {
    "_meta": {"torch": torch.__version__, "source": "torch.autograd.functional"},
    "w": pack(W),
    "gain": pack(GAIN),
    "bias": pack(BIAS),
    "targets": TARGETS.tolist(),
    "functions": {},
    "scalars": {},
}
for name, f in FUNCTIONS.items():
    x, v = rand(2, 4), rand(2, 4)
    u = rand(*f(x).shape)
    golden["functions"][name] = {
        "x": pack(x),
        "tangent": pack(v),
        "cotangent": pack(u),
        "jvp": pack(jvp(f, x, v)[1]),
        "vjp": pack(vjp(f, x, u)[1]),
        "jacobian": pack(jacobian(f, x)),
    }
for name, f in SCALARS.items():
    x, v = rand(2, 4), rand(2, 4)
    golden["scalars"][name] = {
        "x": pack(x),
        "vector": pack(v),
        "value": pack(f(x)),
        "gradient": pack(jacobian(f, x)),
        "hvp": pack(hvp(f, x, v)[1]),
        "hessian": pack(hessian(f, x)),
    }

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "transforms.json"), "w") as out:
    json.dump(golden, out)
    out.write("\n")
