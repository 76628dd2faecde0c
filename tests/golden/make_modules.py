#!/usr/bin/env python3
"""Writes modules.json beside this script: layers with their parameters, outputs and gradients.

    OMP_NUM_THREADS=1 /usr/bin/python3 tests/golden/make_modules.py      (Debian package python3-torch)

torch.nn's modules where it has them (LayerNorm, MultiheadAttention, TransformerEncoderLayer), else written out here. All in
float64 from seeded inputs of three decimals, in make_golden.py's layout; parameters have gradlab's names.
"""

import json
import math
import os

import torch
import torch.nn.functional as F

SEED = 20251114
HERE = os.path.dirname(os.path.abspath(__file__))
generator = torch.Generator().manual_seed(SEED)


def rand(*shape, scale=1.0, shift=0.0):
    x = torch.randn(*shape, generator=generator, dtype=torch.float64) * scale + shift
    return torch.round(x * 1000).div(1000).float().double()


def pack(t):
    return {"shape": list(t.shape), "data": [float("%.9g" % v) for v in t.detach().reshape(-1).tolist()]}


def case(fn, x, params, attrs=None):
    """fn(x, params) gives y, or y and a dict of further scalars whose sum joins the differentiated value."""
    x = x.clone().requires_grad_()
    params = {n: p.clone().requires_grad_() for n, p in params.items()}
    out = fn(x, params)
    y, extra = out if isinstance(out, tuple) else (out, {})
    cotangent = rand(*y.shape)
    ((y * cotangent).sum() + sum(extra.values())).backward()
    grads = {"x": pack(x.grad), **{n: pack(p.grad) for n, p in params.items()}}
    inputs = {"x": pack(x), "cotangent": pack(cotangent), **{n: pack(p) for n, p in params.items()}}
    return {"attrs": attrs or {}, "inputs": inputs,
            "outputs": {"y": pack(y), **{n: pack(v.reshape(())) for n, v in extra.items()}}, "grads": grads}


def linears(*named, bias=True):
    out = {}
    for name, rows, columns in named:
        out[f"{name}.weight"] = rand(rows, columns, scale=0.4)
        if bias:
            out[f"{name}.bias"] = rand(rows, scale=0.2)
    return out


def linear(x, p, name):
    return F.linear(x, p[name + ".weight"], p.get(name + ".bias"))


def torch_attention(x, p):
    """torch.nn.MultiheadAttention with a causal mask; gradlab's three projections are its in_proj."""
    width = x.shape[-1]
    layer = torch.nn.MultiheadAttention(width, 2, batch_first=True, dtype=torch.float64)
    weights = {"in_proj_weight": torch.cat([p[f"{n}.weight"] for n in ("query", "key", "value")]),
               "in_proj_bias": torch.cat([p[f"{n}.bias"] for n in ("query", "key", "value")]),
               "out_proj.weight": p["out.weight"], "out_proj.bias": p["out.bias"]}
    mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
    y, _ = torch.nn.utils.stateless.functional_call(layer, weights, (x, x, x), {"attn_mask": mask,
                                                                              "need_weights": False})
    return y


def rope(x, theta=10000.0):
    """x [B, T, H, E], channel i pairs with channel i + E/2."""
    t, e = x.shape[1], x.shape[-1]
    angle = torch.outer(torch.arange(t, dtype=torch.float64),
                        1.0 / theta ** (torch.arange(0, e, 2, dtype=torch.float64) / e))
    cos, sin = angle.cos()[:, None, :], angle.sin()[:, None, :]
    a, b = x[..., : e // 2], x[..., e // 2:]
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


def attention(x, p, heads, groups, prefix="", rotary=True):
    b, t, _ = x.shape
    q, k, v = (linear(x, p, prefix + n).reshape(b, t, c, -1) for n, c in
               (("query", heads), ("key", groups), ("value", groups)))
    if rotary:
        q, k = rope(q), rope(k)
    k, v = k.repeat_interleave(heads // groups, 2), v.repeat_interleave(heads // groups, 2)
    scores = torch.einsum("bthe,bshe->bhts", q, k) / math.sqrt(q.shape[-1])
    hidden = torch.ones(t, t, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(hidden, float("-inf")).softmax(-1)
    return linear(torch.einsum("bhts,bshe->bthe", weights, v).reshape(b, t, -1), p, prefix + "out")


def swiglu(x, p, prefix=""):
    return linear(F.silu(linear(x, p, prefix + "gate")) * linear(x, p, prefix + "up"), p, prefix + "down")


def mlp(x, p, prefix="", approximate="none"):
    return linear(F.gelu(linear(x, p, prefix + "up"), approximate=approximate), p, prefix + "down")


def rms_norm(x, weight, eps=1e-5):
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + eps) * weight


def encoder_layer(x, p):
    """torch.nn.TransformerEncoderLayer, norm first, exact GELU, causal."""
    width = x.shape[-1]
    layer = torch.nn.TransformerEncoderLayer(width, 2, p["feedForward.up.weight"].shape[0], 0.0, "gelu",
                                             batch_first=True, norm_first=True, dtype=torch.float64)
    join = lambda kind: torch.cat([p[f"attention.{n}.{kind}"] for n in ("query", "key", "value")])
    weights = {"self_attn.in_proj_weight": join("weight"), "self_attn.in_proj_bias": join("bias")}
    for ours, theirs in (("attention.out", "self_attn.out_proj"), ("feedForward.up", "linear1"),
                         ("feedForward.down", "linear2"), ("attentionNorm", "norm1"), ("feedForwardNorm", "norm2")):
        for kind in ("weight", "bias"):
            weights[f"{theirs}.{kind}"] = p[f"{ours}.{kind}"]
    mask = torch.full((x.shape[1], x.shape[1]), float("-inf"), dtype=torch.float64).triu(1)
    return torch.nn.utils.stateless.functional_call(layer, weights, (x, mask))


def llama_block(x, p):
    h = x + attention(rms_norm(x, p["attentionNorm.weight"]), p, 4, 2, "attention.")
    return h + swiglu(rms_norm(h, p["feedForwardNorm.weight"]), p, "feedForward.")


def moe(x, p, experts, k, normalize):
    """Token by token and expert by expert, as Mixtral; the balance loss is Hugging Face's load_balancing_loss_func."""
    rows = x.reshape(-1, x.shape[-1])
    hidden = p["gate"].shape[0] // experts
    logits = F.linear(rows, p["router.weight"])
    probs = logits.softmax(-1)
    top, index = probs.topk(k, -1)
    weights = top / top.sum(-1, keepdim=True) if normalize else top
    out = []
    for n in range(rows.shape[0]):
        y = 0
        for j in range(k):
            e = index[n, j].item()
            part = slice(e * hidden, (e + 1) * hidden)
            h = F.silu(p["gate"][part] @ rows[n]) * (p["up"][part] @ rows[n])
            y = y + weights[n, j] * (h @ p["down"][part])
        out.append(y)
    assigned = F.one_hot(index, experts).double().mean(0)
    balance = experts * (assigned * probs.mean(0)[None]).sum()
    z = (torch.logsumexp(logits, -1) ** 2).mean()
    return torch.stack(out).reshape(x.shape), {"balanceLoss": balance, "zLoss": z}


def norms(*names, width, bias=True):
    out = {}
    for n in names:
        out[f"{n}.weight"] = rand(width, scale=0.2, shift=1)
        if bias:
            out[f"{n}.bias"] = rand(width, scale=0.2)
    return out


def prefixed(prefix, params):
    return {f"{prefix}.{n}": p for n, p in params.items()}


def cases():
    heads = lambda width, kv, bias: linears(("query", width, width), ("key", kv, width), ("value", kv, width),
                                            ("out", width, width), bias=bias)
    experts = lambda e, hidden, width: {"router.weight": rand(e, width), "gate": rand(e * hidden, width, scale=0.5),
                                        "up": rand(e * hidden, width, scale=0.5),
                                        "down": rand(e * hidden, width, scale=0.5)}
    wide = lambda: linears(("gate", 10, 6), ("up", 10, 6), ("down", 6, 10), bias=False)
    return {
        "layer_norm": case(lambda x, p: F.layer_norm(x, (6,), p["weight"], p["bias"]), rand(2, 3, 6, scale=2),
                           {"weight": rand(6, shift=1), "bias": rand(6)}),
        "rms_norm": case(lambda x, p: rms_norm(x, p["weight"]), rand(2, 3, 6, scale=2), {"weight": rand(6, shift=1)}),
        "mlp": case(mlp, rand(2, 3, 6), linears(("up", 10, 6), ("down", 6, 10))),
        "mlp_tanh": case(lambda x, p: mlp(x, p, approximate="tanh"), rand(2, 3, 6),
                         linears(("up", 10, 6), ("down", 6, 10))),
        "swiglu": case(swiglu, rand(2, 3, 6), wide()),
        "attention": case(torch_attention, rand(2, 5, 8), heads(8, 8, True), {"heads": 2}),
        "attention_grouped_rotary": case(lambda x, p: attention(x, p, 4, 2), rand(2, 5, 16), heads(16, 8, False),
                                         {"heads": 4, "groups": 2}),
        "block_gpt": case(encoder_layer, rand(2, 4, 8), {
            **prefixed("attention", heads(8, 8, True)),
            **prefixed("feedForward", linears(("up", 12, 8), ("down", 8, 12))),
            **norms("attentionNorm", "feedForwardNorm", width=8)}, {"heads": 2, "hidden": 12}),
        "block_llama": case(llama_block, rand(2, 4, 16), {
            **prefixed("attention", heads(16, 8, False)),
            **prefixed("feedForward", linears(("gate", 10, 16), ("up", 10, 16), ("down", 16, 10), bias=False)),
            **norms("attentionNorm", "feedForwardNorm", width=16, bias=False)}, {"heads": 4, "groups": 2, "hidden": 10}),
        "conv1d": case(
            lambda x, p: F.conv1d(x, p["weight"], p["bias"], stride=2, padding=1, groups=2), rand(2, 4, 9),
            {"weight": rand(6, 2, 3), "bias": rand(6)}),
        "conv2d": case(lambda x, p: F.conv2d(x, p["weight"], p["bias"], padding=1), rand(1, 2, 5, 4),
                       {"weight": rand(3, 2, 3, 3), "bias": rand(3)}),
        "group_norm": case(lambda x, p: F.group_norm(x, 2, p["weight"], p["bias"]), rand(2, 4, 5, scale=2),
                           {"weight": rand(4, shift=1), "bias": rand(4)}),
        "moe_top2": case(lambda x, p: moe(x, p, 4, 2, True), rand(2, 4, 6), experts(4, 5, 6), {"experts": 4, "topK": 2}),
        "moe_switch": case(lambda x, p: moe(x, p, 3, 1, False), rand(2, 4, 6), experts(3, 5, 6),
                           {"experts": 3, "topK": 1}),
    }


if __name__ == "__main__":
    meta = {"made_by": "tests/golden/make_modules.py", "torch": torch.__version__, "seed": SEED}
    path = os.path.join(HERE, "modules.json")
    lines = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in {"_meta": meta, **cases()}.items()]
    with open(path + ".tmp", "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    os.replace(path + ".tmp", path)
    print(f"modules.json: {len(lines) - 1} cases, {os.path.getsize(path) // 1024} KB")
