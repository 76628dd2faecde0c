#!/usr/bin/env python3
"""Writes t5-*.json beside this script: T5 v1.0 (ReLU, tied head) and v1.1 (gated GELU, own head), and the buckets.

    OMP_NUM_THREADS=1 /usr/bin/python3 tests/golden/make_t5.py          (Debian package python3-torch)

Written by hand after Raffel et al. 2020 and the layout of Hugging Face's checkpoints; no model library is used. Computed
in float64 from seeded float32 values of three decimals, but for the buckets, which the published code computes in float32.
`greedy` holds the most likely tokens, each found by a whole forward pass over those before it.
"""

import math
import os

import torch
import torch.nn.functional as F

import golden_io
from golden_io import integers, pack, pack_input, rand

BASE = {"vocab_size": 21, "d_model": 10, "d_kv": 4, "d_ff": 14, "num_heads": 3, "num_layers": 2,
        "num_decoder_layers": 2, "relative_attention_num_buckets": 8, "relative_attention_max_distance": 12,
        "layer_norm_epsilon": 1e-6, "is_encoder_decoder": True, "pad_token_id": 0, "eos_token_id": 1,
        "decoder_start_token_id": 0, "model_type": "t5", "architectures": ["T5ForConditionalGeneration"]}
V10 = {**BASE, "feed_forward_proj": "relu"}
V11 = {**BASE, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}


def weights(c):
    d, inner, ff, w = c["d_model"], c["num_heads"] * c["d_kv"], c["d_ff"], {}
    w["shared.weight"] = rand(c["vocab_size"], d, scale=0.4)
    # A tied head favours the last token again; outputs of the layers outweigh it.
    out = 0.3 if "tie_word_embeddings" in c else 1

    def attention(at, kind):
        for name, rows, cols in (("q", inner, d), ("k", inner, d), ("v", inner, d), ("o", d, inner)):
            w[f"{at}.{kind}.{name}.weight"] = rand(rows, cols, scale=out if name == "o" else 0.25)
        w[f"{at}.layer_norm.weight"] = rand(d, scale=0.1, shift=1)

    for stack in ("encoder", "decoder"):
        for i in range(c["num_layers"]):
            at = f"{stack}.block.{i}.layer."
            attention(at + "0", "SelfAttention")
            if stack == "decoder":
                attention(at + "1", "EncDecAttention")
            last = at + ("2" if stack == "decoder" else "1")
            for name in ("wi",) if c["feed_forward_proj"] == "relu" else ("wi_0", "wi_1"):
                w[f"{last}.DenseReluDense.{name}.weight"] = rand(ff, d, scale=0.3)
            w[f"{last}.DenseReluDense.wo.weight"] = rand(d, ff, scale=out)
            w[f"{last}.layer_norm.weight"] = rand(d, scale=0.1, shift=1)
        name = f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        w[name] = rand(c["relative_attention_num_buckets"], c["num_heads"])
        w[f"{stack}.final_layer_norm.weight"] = rand(d, scale=0.1, shift=1)
    if not c.get("tie_word_embeddings", True):
        w["lm_head.weight"] = rand(c["vocab_size"], d, scale=0.3)
    return w


def bucket(relative, bidirectional, buckets, max_distance):
    """relative = key position - query position; the published rule, in float32."""
    result = torch.zeros_like(relative)
    if bidirectional:
        buckets //= 2
        result = (relative > 0).long() * buckets
        n = relative.abs()
    else:
        n = (-relative).clamp(min=0)
    exact = buckets // 2
    large = exact + (torch.log(n.float() / exact) / math.log(max_distance / exact) * (buckets - exact)).long()
    return result + torch.where(n < exact, n, large.clamp(max=buckets - 1))


def position_bias(c, w, stack, queries, keys):
    relative = torch.arange(keys)[None] - torch.arange(queries)[:, None]
    at = bucket(relative, stack == "encoder", c["relative_attention_num_buckets"], c["relative_attention_max_distance"])
    table = w[f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"]
    return table[at].permute(2, 0, 1)[None]


def norm(x, weight, eps):
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + eps) * weight


def attend(c, w, at, x, memory, bias, hidden):
    h, e = c["num_heads"], c["d_kv"]

    def heads(y, name):
        return F.linear(y, w[f"{at}.{name}.weight"]).reshape(y.shape[0], y.shape[1], h, e).transpose(1, 2)

    scores = heads(x, "q") @ heads(memory, "k").transpose(-1, -2)
    if bias is not None:
        scores = scores + bias
    y = scores.masked_fill(hidden, float("-inf")).softmax(-1) @ heads(memory, "v")
    return F.linear(y.transpose(1, 2).reshape(x.shape[0], x.shape[1], h * e), w[f"{at}.o.weight"])


def feed_forward(c, w, at, x):
    at += ".DenseReluDense."
    if c["feed_forward_proj"] == "relu":
        y = torch.relu(F.linear(x, w[at + "wi.weight"]))
    else:
        y = F.gelu(F.linear(x, w[at + "wi_0.weight"]), approximate="tanh") * F.linear(x, w[at + "wi_1.weight"])
    return F.linear(y, w[at + "wo.weight"])


def run(c, w, stack, ids, mask, encoded=None):
    eps, t = c["layer_norm_epsilon"], ids.shape[1]
    x = w["shared.weight"][ids]
    bias = position_bias(c, w, stack, t, t)
    padded = (mask == 0)[:, None, None, :]
    own = padded if stack == "encoder" else torch.ones(t, t, dtype=torch.bool).triu(1)
    for i in range(c["num_layers"]):
        at = f"{stack}.block.{i}.layer."
        y = norm(x, w[at + "0.layer_norm.weight"], eps)
        x = x + attend(c, w, at + "0.SelfAttention", y, y, bias, own)
        if stack == "decoder":
            y = norm(x, w[at + "1.layer_norm.weight"], eps)
            x = x + attend(c, w, at + "1.EncDecAttention", y, encoded, None, padded)
        last = at + ("2" if stack == "decoder" else "1")
        x = x + feed_forward(c, w, last, norm(x, w[last + ".layer_norm.weight"], eps))
    return norm(x, w[f"{stack}.final_layer_norm.weight"], eps)


def logits_of(c, w, encoded, mask, decoded):
    x = run(c, w, "decoder", decoded, mask, encoded)
    if "lm_head.weight" in w:
        return F.linear(x, w["lm_head.weight"])
    return F.linear(x * c["d_model"] ** -0.5, w["shared.weight"])


def greedy(c, w, encoded, mask, steps):
    rows = torch.full((mask.shape[0], 1), c["decoder_start_token_id"])
    for _ in range(steps):
        rows = torch.cat((rows, logits_of(c, w, encoded, mask, rows)[:, -1].argmax(-1, keepdim=True)), 1)
    return rows[:, 1:]


def case(c):
    w = {n: t.requires_grad_() for n, t in weights(c).items()}
    ids, mask = integers(18, 2, 7) + 3, torch.tensor([[1] * 7, [1] * 5 + [0] * 2])
    labels = integers(18, 2, 6) + 3
    labels[1, 4:] = -100
    shown = torch.where(labels == -100, torch.tensor(c["pad_token_id"]), labels)
    decoded = torch.cat((torch.full((2, 1), c["decoder_start_token_id"]), shown[:, :-1]), 1)
    encoded = run(c, w, "encoder", ids, mask)
    logits = logits_of(c, w, encoded, mask, decoded)
    loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), ignore_index=-100)
    loss.backward()
    with torch.no_grad():
        written = greedy(c, w, encoded, mask, 20)
    return {"config": c, "weights": {n: pack_input(t) for n, t in w.items()},
            "inputs": {"ids": pack(ids), "mask": pack(mask), "labels": pack(labels)},
            "outputs": {"encoded": pack(encoded), "logits": pack(logits), "loss": pack(loss), "greedy": pack(written)},
            "grads": {n: pack(t.grad) for n, t in w.items()}}


def bucket_case(bidirectional):
    offsets = torch.arange(-300, 301)
    return {"inputs": {"offsets": pack(offsets)}, "grads": {},
            "outputs": {"buckets": pack(bucket(offsets, bidirectional, 32, 128))}}


if __name__ == "__main__":
    me = os.path.basename(__file__)
    golden_io.write(me, "t5-v1.0.json", {"t5": case(V10)})
    golden_io.write(me, "t5-v1.1.json", {"t5": case(V11)})
    golden_io.write(me, "t5-buckets.json", {"encoder": bucket_case(True), "decoder": bucket_case(False)})
