#!/usr/bin/env python3
"""Logits, losses and gradients of tiny decoders of every family, by PyTorch alone: shares no code with gradlab.

    OMP_NUM_THREADS=1 /usr/bin/python3 tests/golden/make_models.py

Writes models-decoders.json beside itself. Weights are not stored: both sides compute them from their names (see weight()).
The forward passes follow Hugging Face's modeling files, written out plainly, in float64 from float32 weights.
"""

import json
import math
import os

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH, TIME = 2, 11


def weight(name, shape, scale=0.5, shift=0.0):
    """float32(shift + scale * u), u from a 32-bit linear congruential generator seeded by FNV-1a of the name."""
    state = 0x811C9DC5
    for byte in name.encode():
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    values = []
    for _ in range(math.prod(shape)):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(shift + scale * ((state >> 8) / 2**24 - 0.5))
    return torch.tensor(values, dtype=torch.float64).float().double().reshape(shape)


class Weights:
    """Makes each weight when it is first asked for, and remembers it."""

    def __init__(self):
        self.made = {}

    def __call__(self, name, shape, scale=0.5, shift=0.0):
        if name not in self.made:
            self.made[name] = weight(name, shape, scale, shift).requires_grad_()
        return self.made[name]


def linear(w, name, x, out, bias=False):
    y = x @ w(name + ".weight", (out, x.shape[-1])).T
    return y + w(name + ".bias", (out,)) if bias else y


def rms_norm(w, name, x, c, offset=0.0):
    weight_ = w(name + ".weight", (x.shape[-1],), 0.5, 1.0 - offset)
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + c["rms_norm_eps"]) * (offset + weight_)


def inverse_frequencies(c, width):
    """HF modeling_rope_utils: the default, linear, llama3 and yarn kinds; also the factor of cos and sin."""
    base = c.get("rope_theta", 10000.0)
    inv = 1.0 / base ** (torch.arange(0, width, 2, dtype=torch.float64) / width)
    s = c.get("rope_scaling") or {}
    kind = s.get("rope_type", s.get("type", "default"))
    if kind == "default":
        return inv, 1.0
    factor = s["factor"]
    if kind == "linear":
        return inv / factor, 1.0
    if kind == "llama3":
        old, low, high = s["original_max_position_embeddings"], s["low_freq_factor"], s["high_freq_factor"]
        out = []
        for f in inv.tolist():
            length = 2 * math.pi / f
            if length < old / high:
                out.append(f)
            elif length > old / low:
                out.append(f / factor)
            else:
                smooth = (old / length - low) / (high - low)
                out.append((1 - smooth) * f / factor + smooth * f)
        return torch.tensor(out, dtype=torch.float64), 1.0
    if kind == "yarn":
        old = s.get("original_max_position_embeddings") or c["max_position_embeddings"]

        def dim_of(rotations):
            return width * math.log(old / (rotations * 2 * math.pi)) / (2 * math.log(base))

        low = max(math.floor(dim_of(s.get("beta_fast", 32))), 0)
        high = min(math.ceil(dim_of(s.get("beta_slow", 1))), width - 1)
        high = high if low != high else high + 0.001
        ramp = ((torch.arange(width // 2, dtype=torch.float64) - low) / (high - low)).clamp(0, 1)
        return inv / factor * ramp + inv * (1 - ramp), s.get("attention_factor") or 0.1 * math.log(factor) + 1
    raise ValueError(kind)


def rotate(c, x, width):
    """x [B, H, T, hd]: the first `width` columns of each head turn, half-split."""
    inv, factor = inverse_frequencies(c, width)
    angle = torch.outer(torch.arange(x.shape[2], dtype=torch.float64), inv)
    cos, sin = angle.cos() * factor, angle.sin() * factor
    a, b, rest = x[..., : width // 2], x[..., width // 2 : width], x[..., width:]
    return torch.cat((a * cos - b * sin, b * cos + a * sin, rest), -1)


def window_of(c, layer):
    kind = c["model_type"]
    if kind in ("qwen2", "qwen3"):
        return c["sliding_window"] if c.get("use_sliding_window") and layer >= c["max_window_layers"] else None
    return c.get("sliding_window")


def attend(c, w, p, x, layer):
    b, t, _ = x.shape
    h, kv = c["num_attention_heads"], c.get("num_key_value_heads") or c["num_attention_heads"]
    hd = c.get("head_dim") or c["hidden_size"] // h
    kind, o_bias = c["model_type"], c.get("attention_bias", False)
    if kind == "phi3":
        q, k, v = linear(w, p + "qkv_proj", x, (h + 2 * kv) * hd).split((h * hd, kv * hd, kv * hd), -1)
    else:
        q, k, v = (linear(w, p + n, x, m * hd, o_bias or kind == "qwen2")
                   for n, m in (("q_proj", h), ("k_proj", kv), ("v_proj", kv)))
    q, k, v = (y.reshape(b, t, -1, hd) for y in (q, k, v))
    if kind == "qwen3":
        q, k = rms_norm(w, p + "q_norm", q, c), rms_norm(w, p + "k_norm", k, c)
    q, k, v = (y.transpose(1, 2) for y in (q, k, v))
    turning = int(hd * c.get("partial_rotary_factor", 1.0))
    q, k = rotate(c, q, turning), rotate(c, k, turning)
    k, v = k.repeat_interleave(h // kv, 1), v.repeat_interleave(h // kv, 1)
    scores = q @ k.transpose(-1, -2) / math.sqrt(hd)
    i, j = torch.arange(t)[:, None], torch.arange(t)[None, :]
    seen = j <= i
    window = window_of(c, layer)
    if window:
        seen = seen & (j > i - window)
    p_ = scores.masked_fill(~seen, -math.inf).softmax(-1)
    return linear(w, p + "o_proj", (p_ @ v).transpose(1, 2).reshape(b, t, h * hd), c["hidden_size"], o_bias)


ACTIVATIONS = {"silu": F.silu, "gelu": F.gelu, "gelu_pytorch_tanh": lambda x: F.gelu(x, approximate="tanh")}


def feed_forward(c, w, p, x):
    ff, bias = c["intermediate_size"], c.get("mlp_bias", False)
    act = ACTIVATIONS["gelu_pytorch_tanh" if c["model_type"] == "gemma" else c["hidden_act"]]
    if c["model_type"] == "phi3":
        gate, up = linear(w, p + "gate_up_proj", x, 2 * ff).chunk(2, -1)
    else:
        gate, up = linear(w, p + "gate_proj", x, ff, bias), linear(w, p + "up_proj", x, ff, bias)
    return linear(w, p + "down_proj", act(gate) * up, c["hidden_size"], bias)


def experts(c, w, p, x, balance):
    """HF MixtralSparseMoeBlock: softmax over all, the best few renormalized; one expert at a time on its own tokens."""
    flat = x.reshape(-1, x.shape[-1])
    p = p + "block_sparse_moe."
    probabilities = linear(w, p + "gate", flat, c["num_local_experts"]).softmax(-1)
    best, which = probabilities.topk(c["num_experts_per_tok"], -1)
    best = best / best.sum(-1, keepdim=True)
    y = torch.zeros_like(flat)
    for e in range(c["num_local_experts"]):
        token, place = torch.where(which == e)
        at, rows = f"{p}experts.{e}.", flat[token]
        hidden = F.silu(linear(w, at + "w1", rows, c["intermediate_size"])) * linear(w, at + "w3", rows, c["intermediate_size"])
        y = y.index_add(0, token, best[token, place, None] * linear(w, at + "w2", hidden, c["hidden_size"]))
    balance.append((probabilities, F.one_hot(which, c["num_local_experts"]).double()))
    return y.reshape(x.shape)


def balance_loss(balance):
    """HF load_balancing_loss_func: tokens of all layers together."""
    probabilities, mask = (torch.cat(part) for part in zip(*balance))
    return probabilities.shape[-1] * (mask.mean(0) * probabilities.mean(0)).sum()


def llama_forward(c, w, ids, balance):
    gemma = c["model_type"] == "gemma"
    offset = 1.0 if gemma else 0.0
    table = w("model.embed_tokens.weight", (c["vocab_size"], c["hidden_size"]), 1.0)
    x = table[ids] * (math.sqrt(c["hidden_size"]) if gemma else 1.0)
    for layer in range(c["num_hidden_layers"]):
        p = f"model.layers.{layer}."
        x = x + attend(c, w, p + "self_attn.", rms_norm(w, p + "input_layernorm", x, c, offset), layer)
        rows = rms_norm(w, p + "post_attention_layernorm", x, c, offset)
        x = x + (experts(c, w, p, rows, balance) if "num_local_experts" in c else feed_forward(c, w, p + "mlp.", rows))
    x = rms_norm(w, "model.norm", x, c, offset)
    if c.get("tie_word_embeddings", gemma):
        return x @ table.T
    return x @ w("lm_head.weight", (c["vocab_size"], c["hidden_size"]), 1.0).T


TINY = {"vocab_size": 29, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "hidden_act": "silu", "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0, "tie_word_embeddings": False,
        "head_dim": 8}

CASES = {
    "llama 3.1 (rope_scaling llama3)": (llama_forward, {
        **TINY, "model_type": "llama", "rope_theta": 500000.0, "max_position_embeddings": 128, "rope_scaling": {
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 16}}),
    "llama with linear rope_scaling and every bias": (llama_forward, {
        **TINY, "model_type": "llama", "attention_bias": True, "mlp_bias": True,
        "rope_scaling": {"type": "linear", "factor": 4.0}}),
    "llama with yarn and exact GELU": (llama_forward, {
        **TINY, "model_type": "llama", "hidden_act": "gelu", "max_position_embeddings": 128,
        "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32,
                         "beta_fast": 2.0, "beta_slow": 1.0}}),
    "mistral (window of 4)": (llama_forward, {
        **TINY, "model_type": "mistral", "sliding_window": 4}),
    "mixtral (2 of 4 experts, window of 6)": (llama_forward, {
        **TINY, "model_type": "mixtral", "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 6,
        "output_router_logits": True, "router_aux_loss_coef": 0.02}),
    "qwen2 (window in the upper block)": (llama_forward, {
        **TINY, "model_type": "qwen2", "use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1,
        "tie_word_embeddings": True}),
    "qwen3 (normalized heads)": (llama_forward, {
        **TINY, "model_type": "qwen3", "tie_word_embeddings": True, "use_sliding_window": False}),
    "phi3 (packed, partly rotated)": (llama_forward, {
        **TINY, "model_type": "phi3", "partial_rotary_factor": 0.75, "sliding_window": 6}),
    "gemma": (llama_forward, {
        **TINY, "model_type": "gemma", "num_key_value_heads": 1, "hidden_act": "gelu",
        "tie_word_embeddings": True, "rms_norm_eps": 1e-6}),
}

# Gradients are kept of the first of each of these kinds of parameters, wherever a model has it.
KEPT = ("embed_tokens", "q_proj.weight", "k_proj.bias", "q_norm", "k_norm", "qkv_proj", "v_proj.weight", "gate_proj",
        "gate_up", "down_proj.bias", "input_layernorm", "moe.gate", "experts.1.w1", "experts.1.w2")


def kept_gradients(made):
    chosen = [next((n for n in made if kind in n), None) for kind in KEPT]
    return {n: made[n].grad for n in chosen if n}


def pack(t):
    return {"shape": list(t.shape), "data": [float("%.9g" % v) for v in t.detach().reshape(-1).tolist()]}


def case(forward, config):
    ids = torch.tensor([[(7 * b + 3 * t * t + t) % config["vocab_size"] for t in range(TIME + 1)] for b in range(BATCH)])
    w = Weights()
    balance = []
    logits = forward(config, w, ids[:, :-1], balance)
    loss = F.cross_entropy(logits.reshape(-1, config["vocab_size"]), ids[:, 1:].reshape(-1))
    extra = {"balance": balance_loss(balance)} if balance else {}
    (loss + config.get("router_aux_loss_coef", 0) * extra.get("balance", 0)).backward()
    return {"config": config, "shapes": {n: list(t.shape) for n, t in w.made.items()},
            "inputs": {"ids": pack(ids[:, :-1]), "targets": pack(ids[:, 1:])},
            "outputs": {"logits": pack(logits), "loss": pack(loss), **{n: pack(v) for n, v in extra.items()}},
            "grads": {n: pack(g) for n, g in kept_gradients(w.made).items()}}


def main():
    meta = {"made_by": "tests/golden/make_models.py", "torch": torch.__version__,
            "computed_in": "float64 from float32 weights", "digits": 9}
    content = {"_meta": meta, **{name: case(*args) for name, args in CASES.items()}}
    path = os.path.join(HERE, "models-decoders.json")
    with open(path + ".tmp", "w") as file:
        rows = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in content.items()]
        file.write("{\n" + ",\n".join(rows) + "\n}\n")
    os.replace(path + ".tmp", path)
    print(f"{len(CASES)} cases, {os.path.getsize(path) // 1024} KB")


if __name__ == "__main__":
    main()
