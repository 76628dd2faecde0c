#!/usr/bin/env python3
"""Logits, losses and gradients of tiny Mambas, by PyTorch alone: shares no code with gradlab.

    OMP_NUM_THREADS=1 /usr/bin/python3 tests/golden/make_mamba.py

Writes models-mamba.json beside itself. The state space is written out token by token as in Gu and Dao 2023, algorithm 2, with
the names and shapes of Hugging Face's MambaForCausalLM, in float64 from float32 weights.
"""

import json
import os

import torch
import torch.nn.functional as F

from make_models import BATCH, HERE, TIME, Weights, linear, pack, rms_norm

KEPT = ("embeddings", "in_proj.weight", "conv1d.weight", "conv1d.bias", "x_proj", "dt_proj.weight", "dt_proj.bias", "A_log",
        ".D", "out_proj.weight", "out_proj.bias", "norm.weight", "norm_f")


def convolve(c, w, name, x):
    """Causal and depthwise, [B, T, I]."""
    inner, taps = x.shape[-1], c["conv_kernel"]
    bias = w(name + ".bias", (inner,)) if c["use_conv_bias"] else None
    y = F.conv1d(x.transpose(1, 2), w(name + ".weight", (inner, 1, taps)), bias, padding=taps - 1, groups=inner)
    return y[..., : x.shape[1]].transpose(1, 2)


def mixer(c, w, p, x):
    batch, time, width = x.shape
    inner, n, rank = c["expand"] * width, c["state_size"], c["time_step_rank"]
    u, gate = linear(w, p + "in_proj", x, 2 * inner, c["use_bias"]).chunk(2, -1)
    u = F.silu(convolve(c, w, p + "conv1d", u))
    step, b, read = linear(w, p + "x_proj", u, rank + 2 * n).split((rank, n, n), -1)
    step = F.softplus(linear(w, p + "dt_proj", step, inner, True))
    a = -torch.exp(w(p + "A_log", (inner, n), 1.0, 0.5))
    h, rows = torch.zeros(batch, inner, n, dtype=torch.float64), []
    for t in range(time):
        decay = torch.exp(torch.einsum("bi,in->bin", step[:, t], a))
        h = decay * h + torch.einsum("bi,bi,bn->bin", step[:, t], u[:, t], b[:, t])
        rows.append(torch.einsum("bin,bn->bi", h, read[:, t]))
    y = torch.stack(rows, 1) + w(p + "D", (inner,), 0.5, 1.0) * u
    return linear(w, p + "out_proj", y * F.silu(gate), width, c["use_bias"])


def mamba_forward(c, w, ids):
    eps = {"rms_norm_eps": c["layer_norm_epsilon"]}
    table = w("backbone.embeddings.weight", (c["vocab_size"], c["hidden_size"]), 1.0)
    x = table[ids]
    for layer in range(c["num_hidden_layers"]):
        p = f"backbone.layers.{layer}."
        x = x + mixer(c, w, p + "mixer.", rms_norm(w, p + "norm", x, eps))
    x = rms_norm(w, "backbone.norm_f", x, eps)
    head = table if c["tie_word_embeddings"] else w("lm_head.weight", (c["vocab_size"], c["hidden_size"]), 1.0)
    return x @ head.T


TINY = {"model_type": "mamba", "vocab_size": 29, "hidden_size": 16, "num_hidden_layers": 2, "state_size": 4, "conv_kernel": 4,
        "expand": 2, "time_step_rank": 3, "layer_norm_epsilon": 1e-5, "use_bias": False, "use_conv_bias": True,
        "tie_word_embeddings": True}

CASES = {
    "mamba": TINY,
    "mamba with every bias but the convolution's, and a head of its own": {
        **TINY, "conv_kernel": 3, "expand": 3, "use_bias": True, "use_conv_bias": False, "tie_word_embeddings": False},
}


def case(config):
    ids = torch.tensor([[(7 * b + 3 * t * t + t) % config["vocab_size"] for t in range(TIME + 1)] for b in range(BATCH)])
    w = Weights()
    logits = mamba_forward(config, w, ids[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, config["vocab_size"]), ids[:, 1:].reshape(-1))
    loss.backward()
    kept = [next((n for n in w.made if kind in n), None) for kind in KEPT]
    return {"config": config, "shapes": {n: list(t.shape) for n, t in w.made.items()},
            "inputs": {"ids": pack(ids[:, :-1]), "targets": pack(ids[:, 1:])},
            "outputs": {"logits": pack(logits), "loss": pack(loss)},
            "grads": {n: pack(w.made[n].grad) for n in kept if n}}


def main():
    meta = {"made_by": "tests/golden/make_mamba.py", "torch": torch.__version__,
            "computed_in": "float64 from float32 weights", "digits": 9}
    content = {"_meta": meta, **{name: case(config) for name, config in CASES.items()}}
    path = os.path.join(HERE, "models-mamba.json")
    with open(path + ".tmp", "w") as file:
        rows = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in content.items()]
        file.write("{\n" + ",\n".join(rows) + "\n}\n")
    os.replace(path + ".tmp", path)
    print(f"{len(CASES)} cases, {os.path.getsize(path) // 1024} KB")


if __name__ == "__main__":
    main()
