#!/usr/bin/env python3
"""Writes scan.json beside this script: a tanh network over time, its states, loss and gradients by PyTorch in float64.

    OMP_NUM_THREADS=1 /usr/bin/python3 tests/golden/make_scan.py          (Debian package python3-torch)
"""

import json
import os

import torch

torch.set_num_threads(1)
generator = torch.Generator().manual_seed(20250302)
T, B, D, H = 6, 2, 3, 4


def rand(*shape):
    return torch.round(torch.randn(*shape, generator=generator, dtype=torch.float64) * 1000).div(1000).float().double()


def pack(tensor):
    return {"shape": list(tensor.shape), "data": [float("%.12g" % v) for v in tensor.detach().reshape(-1).tolist()]}


inputs = {"x": rand(T, B, D), "h0": rand(B, H), "wx": rand(D, H), "wh": rand(H, H), "b": rand(H)}
cotangents = {"y": rand(T, B, H), "last": rand(B, H)}
leaves = {name: tensor.clone().requires_grad_(True) for name, tensor in inputs.items()}
h = leaves["h0"]
states = []
for t in range(T):
    h = torch.tanh(leaves["x"][t] @ leaves["wx"] + h @ leaves["wh"] + leaves["b"])
    states.append(h)
y = torch.stack(states)
loss = (y * cotangents["y"]).sum() + (h * cotangents["last"]).sum()
loss.backward()

golden = {
    "_meta": {"torch": torch.__version__},
    "rnn": {
        "inputs": {name: pack(tensor) for name, tensor in inputs.items()},
        "cotangents": {name: pack(tensor) for name, tensor in cotangents.items()},
        "y": pack(y),
        "last": pack(h),
        "loss": pack(loss),
        "grads": {name: pack(leaf.grad) for name, leaf in leaves.items()},
    },
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "scan.json"), "w") as out:
    json.dump(golden, out)
    out.write("\n")
