#!/usr/bin/env python3
"""Writes the golden files layers.json, optim.json and models-*.json beside this script.

    /usr/bin/python3 tests/golden/make_golden.py          (Debian package python3-torch)

Everything is computed by PyTorch in float64 from seeded inputs of three decimals taken as float32 (so that a float32
engine starts from exactly the same numbers) and written with nine significant digits. The models are written out here
by hand; no model library is used. Layout of every file:

    {"_meta": {...}, "<case>": {"attrs"?: {...}, "inputs": {name: {shape, data}}, "outputs": {...}, "grads": {...}}}

`grads` are taken of sum(output * inputs.cotangent) where the case has an input called `cotangent`, else of the scalar
output `loss`.
"""

import json
import math
import os

import torch
import torch.nn.functional as F

from golden_io import HERE, generator, integers, pack, rand

SEED = 20240607
generator.manual_seed(SEED)


def pack_input(tensor):
    if tensor.dtype == torch.int64:
        return pack(tensor)
    return {"shape": list(tensor.shape), "data": [round(v, 3) for v in tensor.detach().reshape(-1).tolist()]}


def case(fn, inputs, differentiable, attrs=None, cotangent=True):
    """Runs fn(**inputs), differentiates, and packs the case."""
    leaves = {n: t.clone().requires_grad_(n in differentiable) for n, t in inputs.items()}
    out = fn(**leaves)
    packed = {n: pack_input(t) for n, t in inputs.items()}
    if cotangent:
        ct = rand(*out.shape)
        packed["cotangent"] = pack_input(ct)
        (out * ct).sum().backward()
        outputs = {"y": pack(out)}
    else:
        out.backward()
        outputs = {"loss": pack(out)}
    grads = {n: pack(leaves[n].grad) for n in differentiable}
    record = {"inputs": packed, "outputs": outputs, "grads": grads}
    return {"attrs": attrs, **record} if attrs else record


def rms_norm(x, weight, eps):
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + eps) * weight


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), -1)


def rope(x, theta=10000.0, start=0):
    """x [..., T, hd]; the half-split convention: channel i pairs with channel i + hd/2."""
    t, hd = x.shape[-2:]
    inv_freq = 1.0 / theta ** (torch.arange(0, hd, 2, dtype=torch.float64) / hd)
    angle = torch.outer(torch.arange(start, start + t, dtype=torch.float64), inv_freq)
    angle = torch.cat((angle, angle), -1)
    return x * angle.cos() + rotate_half(x) * angle.sin()


def causal_attention(q, k, v):
    """q [B,H,T,hd], k and v [B,KV,T,hd]: query head h reads key head floor(h * KV / H); scale 1/sqrt(hd)."""
    h, kv, t, hd = q.shape[1], k.shape[1], q.shape[2], q.shape[3]
    k, v = k.repeat_interleave(h // kv, 1), v.repeat_interleave(h // kv, 1)
    scores = q @ k.transpose(-1, -2) / math.sqrt(hd)
    hidden = torch.ones(t, t, dtype=torch.bool).triu(1)
    return scores.masked_fill(hidden, float("-inf")).softmax(-1) @ v


def weighted_cross_entropy(logits, targets, weights):
    return (F.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum()


def matmul_case(a_shape, b_shape, trans_a, trans_b, alpha=1.0):
    def fn(a, b):
        left = a.transpose(-1, -2) if trans_a else a
        right = b.transpose(-1, -2) if trans_b else b
        return alpha * (left @ right)

    attrs = {"transA": trans_a, "transB": trans_b, "alpha": alpha}
    return case(fn, {"a": rand(*a_shape), "b": rand(*b_shape)}, ["a", "b"], attrs)


def layer_cases():
    c = {}
    c["linear"] = case(
        lambda x, weight, bias: F.linear(x, weight, bias),
        {"x": rand(2, 3, 4), "weight": rand(5, 4), "bias": rand(5)}, ["x", "weight", "bias"],
        {"weightLayout": "[out, in]"})
    norm = {"x": rand(2, 3, 8, scale=2, shift=0.5), "weight": rand(8, shift=1), "bias": rand(8)}
    c["layer_norm"] = case(lambda x, weight, bias: F.layer_norm(x, (8,), weight, bias, 1e-5),
                           norm, ["x", "weight", "bias"], {"eps": 1e-5})
    c["rms_norm"] = case(lambda x, weight: rms_norm(x, weight, 1e-5),
                         {"x": rand(2, 3, 8, scale=2, shift=0.5), "weight": rand(8, shift=1)}, ["x", "weight"],
                         {"eps": 1e-5})
    wide = rand(4, 8, scale=2.5)
    c["gelu_exact"] = case(lambda x: F.gelu(x), {"x": wide}, ["x"])
    c["gelu_tanh"] = case(lambda x: F.gelu(x, approximate="tanh"), {"x": wide}, ["x"])
    c["silu"] = case(lambda x: F.silu(x), {"x": wide}, ["x"])
    c["softmax"] = case(lambda x: F.softmax(x, -1), {"x": rand(3, 7, scale=3)}, ["x"], {"axis": -1})
    c["softmax_large"] = case(lambda x: F.softmax(x, -1), {"x": rand(2, 5, scale=20, shift=500)}, ["x"], {"axis": -1})
    logits, targets = rand(6, 9, scale=2), integers(9, 6)
    c["cross_entropy"] = case(lambda logits, targets: F.cross_entropy(logits, targets),
                              {"logits": logits, "targets": targets}, ["logits"], cotangent=False)
    weights = torch.tensor([1, 0.5, 2, 0.25, 1, 1], dtype=torch.float64)
    c["cross_entropy_weighted"] = case(weighted_cross_entropy, {"logits": logits, "targets": targets,
                                       "weights": weights}, ["logits"], cotangent=False)
    ignored = torch.tensor([1, 0, 1, 0, 0, 1], dtype=torch.float64)
    masked = case(weighted_cross_entropy, {"logits": logits, "targets": targets, "weights": ignored}, ["logits"],
                  cotangent=False)
    same = F.cross_entropy(logits, torch.where(ignored > 0, targets, torch.tensor(-100)))
    assert abs(same.item() - masked["outputs"]["loss"]["data"][0]) < 1e-8
    c["cross_entropy_ignored"] = masked
    ids = torch.tensor([[3, 0, 3, 5], [1, 3, 0, 3]])
    c["embedding"] = case(lambda weight, ids: F.embedding(ids, weight), {"weight": rand(6, 4), "ids": ids}, ["weight"])
    x = rand(2, 3, 5, 8)
    c["rope"] = case(lambda x: rope(x), {"x": x}, ["x"], {"theta": 10000, "start": 0, "layout": "[B,H,T,hd]"})
    c["rope_offset"] = case(lambda x: rope(x, start=7), {"x": x}, ["x"],
                            {"theta": 10000, "start": 7, "layout": "[B,H,T,hd]"})
    for name, kv in (("attention_multi_head", 4), ("attention_grouped_query", 2)):
        qkv = {"q": rand(2, 4, 5, 4), "k": rand(2, kv, 5, 4), "v": rand(2, kv, 5, 4)}
        c[name] = case(causal_attention, qkv, ["q", "k", "v"],
                       {"causal": True, "scale": 0.5, "layout": "[B,H,T,hd]", "heads": 4, "kvHeads": kv})
    c["matmul"] = matmul_case((3, 4), (4, 5), False, False)
    c["matmul_batched"] = matmul_case((2, 3, 4), (2, 4, 5), False, False)
    c["matmul_batched_transA"] = matmul_case((2, 4, 3), (2, 4, 5), True, False)
    c["matmul_batched_transB"] = matmul_case((2, 3, 4), (2, 5, 4), False, True)
    c["matmul_batched_transAB_alpha"] = matmul_case((2, 4, 3), (2, 5, 4), True, True, 0.125)
    c["matmul_4d_transB"] = matmul_case((2, 3, 4, 5), (2, 3, 2, 5), False, True)
    return c


def optimizer_case(make, attrs, steps=5):
    """`outputs.<p>_after_<k>` is parameter p after step k (1-based); `inputs.<p>_grad_<k>` the gradient it was given."""
    params = {"a": rand(3, 4).requires_grad_(), "b": rand(5).requires_grad_()}
    inputs, outputs = {n: pack_input(p) for n, p in params.items()}, {}
    optimizer = make(list(params.values()))
    for k in range(1, steps + 1):
        for n, p in params.items():
            p.grad = rand(*p.shape, scale=0.5)
            if n == "b" and k == 2:
                p.grad.zero_()
            inputs[f"{n}_grad_{k}"] = pack_input(p.grad)
        optimizer.step()
        for n, p in params.items():
            outputs[f"{n}_after_{k}"] = pack(p)
    return {"attrs": attrs, "inputs": inputs, "outputs": outputs, "grads": {}}


def clip_case(scale, max_norm):
    params = [torch.zeros(3, 4, dtype=torch.float64), torch.zeros(5, dtype=torch.float64)]
    inputs = {}
    for n, p in zip("ab", params):
        p.grad = rand(*p.shape, scale=scale)
        inputs[f"{n}_grad"] = pack_input(p.grad)
    norm = torch.nn.utils.clip_grad_norm_(params, max_norm)
    outputs = {f"{n}_clipped": pack(p.grad) for n, p in zip("ab", params)}
    return {"attrs": {"maxNorm": max_norm, "formula": "g * min(1, maxNorm / (norm + 1e-6))"}, "inputs": inputs,
            "outputs": {**outputs, "norm": pack(norm)}, "grads": {}}


def optim_cases():
    adam = {"lr": 0.01, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weightDecay": 0.1}
    return {
        "adamw": optimizer_case(lambda p: torch.optim.AdamW(
            p, lr=0.01, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1), adam),
        "adamw_no_decay": optimizer_case(lambda p: torch.optim.AdamW(
            p, lr=0.01, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0), {**adam, "weightDecay": 0}),
        "sgd": optimizer_case(lambda p: torch.optim.SGD(p, lr=0.1), {"lr": 0.1, "momentum": 0}),
        "sgd_momentum": optimizer_case(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
                                       {"lr": 0.1, "momentum": 0.9}),
        "sgd_momentum_decay": optimizer_case(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
                                             {"lr": 0.1, "momentum": 0.9, "weightDecay": 0.01,
                                              "note": "PyTorch SGD: the decay is added to the gradient"}),
        "clip_global_norm": clip_case(1.0, 1.0),
        "clip_global_norm_below": clip_case(0.05, 1.0),
    }


GPT2 = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 32, "n_positions": 12, "n_ctx": 12,
        "n_embd": 16, "n_layer": 2, "n_head": 2, "n_inner": None, "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True, "resid_pdrop": 0.0, "embd_pdrop": 0.0,
        "attn_pdrop": 0.0, "bos_token_id": 0, "eos_token_id": 0}
LLAMA = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 32, "hidden_size": 16,
         "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "hidden_act": "silu", "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
         "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": False, "bos_token_id": 1,
         "eos_token_id": 2}


def gpt2_weights(c):
    d, w = c["n_embd"], {}
    w["transformer.wte.weight"] = rand(c["vocab_size"], d, scale=0.3)
    w["transformer.wpe.weight"] = rand(c["n_positions"], d, scale=0.1)
    for i in range(c["n_layer"]):
        p = f"transformer.h.{i}."
        for name, rows, cols in (("attn.c_attn", d, 3 * d), ("attn.c_proj", d, d), ("mlp.c_fc", d, 4 * d),
                                 ("mlp.c_proj", 4 * d, d)):
            w[p + name + ".weight"] = rand(rows, cols, scale=0.2)
            w[p + name + ".bias"] = rand(cols, scale=0.1)
        for name in ("ln_1", "ln_2"):
            w[p + name + ".weight"], w[p + name + ".bias"] = rand(d, scale=0.1, shift=1), rand(d, scale=0.1)
    w["transformer.ln_f.weight"], w["transformer.ln_f.bias"] = rand(d, scale=0.1, shift=1), rand(d, scale=0.1)
    return w


def gpt2_forward(c, w, ids):
    b, t = ids.shape
    d, h = c["n_embd"], c["n_head"]

    def conv(x, name):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    def norm(x, name):
        return F.layer_norm(x, (d,), w[name + ".weight"], w[name + ".bias"], c["layer_norm_epsilon"])

    x = w["transformer.wte.weight"][ids] + w["transformer.wpe.weight"][:t]
    for i in range(c["n_layer"]):
        p = f"transformer.h.{i}."
        q, k, v = (s.reshape(b, t, h, d // h).transpose(1, 2)
                   for s in conv(norm(x, p + "ln_1"), p + "attn.c_attn").split(d, -1))
        x = x + conv(causal_attention(q, k, v).transpose(1, 2).reshape(b, t, d), p + "attn.c_proj")
        inner = F.gelu(conv(norm(x, p + "ln_2"), p + "mlp.c_fc"), approximate="tanh")
        x = x + conv(inner, p + "mlp.c_proj")
    return norm(x, "transformer.ln_f") @ w["transformer.wte.weight"].T


def llama_weights(c):
    d, ff, w = c["hidden_size"], c["intermediate_size"], {}
    kv = d // c["num_attention_heads"] * c["num_key_value_heads"]
    w["model.embed_tokens.weight"] = rand(c["vocab_size"], d, scale=0.3)
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        for name, rows, cols in (("self_attn.q_proj", d, d), ("self_attn.k_proj", kv, d), ("self_attn.v_proj", kv, d),
                                 ("self_attn.o_proj", d, d), ("mlp.gate_proj", ff, d), ("mlp.up_proj", ff, d),
                                 ("mlp.down_proj", d, ff)):
            w[p + name + ".weight"] = rand(rows, cols, scale=0.25)
        for name in ("input_layernorm", "post_attention_layernorm"):
            w[p + name + ".weight"] = rand(d, scale=0.1, shift=1)
    w["model.norm.weight"] = rand(d, scale=0.1, shift=1)
    if not c["tie_word_embeddings"]:
        w["lm_head.weight"] = rand(c["vocab_size"], d, scale=0.3)
    return w


def llama_forward(c, w, ids):
    b, t = ids.shape
    h, kv, eps = c["num_attention_heads"], c["num_key_value_heads"], c["rms_norm_eps"]
    hd = c["hidden_size"] // h

    def heads(x, name, n):
        return F.linear(x, w[name + ".weight"]).reshape(b, t, n, hd).transpose(1, 2)

    x = w["model.embed_tokens.weight"][ids]
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        y = rms_norm(x, w[p + "input_layernorm.weight"], eps)
        q = rope(heads(y, p + "self_attn.q_proj", h), c["rope_theta"])
        k = rope(heads(y, p + "self_attn.k_proj", kv), c["rope_theta"])
        a = causal_attention(q, k, heads(y, p + "self_attn.v_proj", kv))
        x = x + F.linear(a.transpose(1, 2).reshape(b, t, h * hd), w[p + "self_attn.o_proj.weight"])
        y = rms_norm(x, w[p + "post_attention_layernorm.weight"], eps)
        y = F.silu(F.linear(y, w[p + "mlp.gate_proj.weight"])) * F.linear(y, w[p + "mlp.up_proj.weight"])
        x = x + F.linear(y, w[p + "mlp.down_proj.weight"])
    x = rms_norm(x, w["model.norm.weight"], eps)
    return F.linear(x, w.get("lm_head.weight", w["model.embed_tokens.weight"]))


def model_case(config, weights, forward):
    """outputs.losses are before step 1 and after steps 1, 2, 3 of AdamW over every parameter."""
    ids = integers(config["vocab_size"], 2, 9)
    inputs, targets = ids[:, :-1], ids[:, 1:]
    packed = {n: pack_input(t) for n, t in weights.items()}
    params = {n: t.clone().requires_grad_() for n, t in weights.items()}

    def loss_of():
        logits = forward(config, params, inputs)
        return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))

    optimizer = torch.optim.AdamW(list(params.values()), lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    losses, first = [], None
    for step in range(4):
        optimizer.zero_grad()
        logits, loss = loss_of()
        loss.backward()
        losses.append(loss.detach())
        if step == 0:
            first = {"logits": pack(logits), "loss": pack(loss)}
            grads = {n: pack(p.grad) for n, p in params.items()}
        if step < 3:
            optimizer.step()
    return {"config": config, "attrs": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weightDecay": 0.1},
            "weights": packed, "inputs": {"ids": pack(inputs), "targets": pack(targets)},
            "outputs": {**first, "losses": pack(torch.stack(losses))}, "grads": grads}


def write(name, cases, script="tests/golden/make_golden.py"):
    meta = {"made_by": script, "torch": torch.__version__, "seed": SEED,
            "computed_in": "float64 from float32 inputs", "digits": 9}
    path = os.path.join(HERE, name)
    lines = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in {"_meta": meta, **cases}.items()]
    with open(path + ".tmp", "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    os.replace(path + ".tmp", path)
    print(f"{name}: {len(cases)} cases, {os.path.getsize(path) // 1024} KB")


def main():
    write("layers.json", layer_cases())
    write("optim.json", optim_cases())
    write("models-gpt2.json", {"gpt2": model_case(GPT2, gpt2_weights(GPT2), gpt2_forward)})
    tied = {**LLAMA, "tie_word_embeddings": True}
    write("models-llama.json", {"llama": model_case(LLAMA, llama_weights(LLAMA), llama_forward)})
    write("models-llama-tied.json", {"llama_tied": model_case(tied, llama_weights(tied), llama_forward)})


if __name__ == "__main__":
    main()
