#!/usr/bin/env python3
"""Logits of a Hugging Face Llama folder, computed by numpy alone: an oracle that shares no code with gradlab.

    /usr/bin/python3 tests/golden/check_llama.py MODEL_DIR ids.json [--out logits.json] [--last] [--digits 7] [--base DIR]

ids.json is a list of token ids or a list of such lists. Weights are read by hand from model.safetensors (or its shards);
everything is computed in float64. Output: {"model", "config", "sequences": [{"ids", "logits": {shape, data}, "loss"}]}
where loss is the mean cross entropy (nats) of every next token and --last keeps only the last row of the logits.

MODEL_DIR may hold a LoRA adapter alone (adapter_config.json, adapter_model.safetensors). Its base model is --base, by default
the folder beside it that has the last part of the base model's name. A layer then computes x W^T + scale (x A^T) B^T: the
products are added, never folded into W. Where the adapter says which weights it was trained on, the base model must have them.
"""

import argparse
import hashlib
import json
import os
import struct
import sys

import numpy as np

METADATA = {}
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    METADATA[path] = header.get("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] not in DTYPES:
            sys.exit(f"{path}: tensor {name} has dtype {entry['dtype']}, which this script does not read")
        start, end = entry["data_offsets"]
        raw = np.frombuffer(body[start:end], dtype=DTYPES[entry["dtype"]])
        if entry["dtype"] == "BF16":
            raw = (raw.astype(np.uint32) << 16).view(np.float32)
        tensors[name] = raw.astype(np.float64).reshape(entry["shape"])
    return tensors


def read_weights(folder):
    index = os.path.join(folder, "model.safetensors.index.json")
    if not os.path.exists(index):
        return read_safetensors(os.path.join(folder, "model.safetensors"))
    with open(index) as file:
        shards = sorted(set(json.load(file)["weight_map"].values()))
    weights = {}
    for shard in shards:
        weights.update(read_safetensors(os.path.join(folder, shard)))
    return weights


def weights_hash(weights):
    """What gradlab's hashWeights gives: names, shapes and float32 values in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(f"{name}\n{','.join(map(str, weights[name].shape))}\n".encode())
        digest.update(weights[name].astype("<f4").tobytes())
    return digest.hexdigest()


def add_adapter(folder, config, weights):
    """Puts the adapter's pairs beside the layers they change, as NAME.lora_A, NAME.lora_B and NAME.scale."""
    for field in ("use_dora", "rank_pattern", "alpha_pattern", "modules_to_save", "fan_in_fan_out"):
        if config.get(field):
            sys.exit(f"{field} is not supported by this script")
    path = os.path.join(folder, "adapter_model.safetensors")
    pairs = read_safetensors(path)
    wanted = METADATA[path].get("base_weights_sha256")
    if wanted and wanted != weights_hash(weights):
        sys.exit(f"{path} was trained on weights {wanted}, the base model has {weights_hash(weights)}")
    root = config["r"] ** 0.5 if config.get("use_rslora") else config["r"]
    for key, value in pairs.items():
        name, part = key[len("base_model.model."):].rsplit(".lora_", 1)
        if name + ".weight" not in weights:
            sys.exit(f"{key} changes no layer of the base model")
        weights[f"{name}.lora_{part[0]}"] = value
        weights[name + ".scale"] = config["lora_alpha"] / root
    return weights


def read_model(folder, base):
    """config.json and weights of a model's folder, or of an adapter's and its base model's."""
    path = os.path.join(folder, "adapter_config.json")
    adapter = None
    if not os.path.exists(os.path.join(folder, "config.json")) and os.path.exists(path):
        with open(path) as file:
            adapter = json.load(file)
        beside = os.path.join(folder, "..", adapter["base_model_name_or_path"].split("/")[-1])
    source = folder if adapter is None else base or beside
    with open(os.path.join(source, "config.json")) as file:
        config = json.load(file)
    check_config(config)
    weights = read_weights(source)
    return config, weights if adapter is None else add_adapter(folder, adapter, weights)


def check_config(c):
    if c.get("model_type") not in ("llama", "mistral", "qwen2"):
        sys.exit(f"model_type {c.get('model_type')!r} is not a Llama")
    if c.get("rope_scaling"):
        sys.exit("rope_scaling is not supported by this script")
    if c.get("hidden_act", "silu") != "silu":
        sys.exit(f"hidden_act {c['hidden_act']!r} is not silu")


def linear(w, name, x):
    y = x @ w[name + ".weight"].T
    if name + ".lora_A" in w:
        y = y + w[name + ".scale"] * (x @ w[name + ".lora_A"].T @ w[name + ".lora_B"].T)
    return y + w[name + ".bias"] if name + ".bias" in w else y


def rms_norm(x, weight, eps):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * weight


def rotate(x, theta):
    t, hd = x.shape[1:]
    angle = np.arange(t)[:, None] * theta ** (-np.arange(0, hd, 2) / hd)
    cos, sin = np.cos(angle), np.sin(angle)
    first, second = x[..., : hd // 2], x[..., hd // 2 :]
    return np.concatenate((first * cos - second * sin, second * cos + first * sin), -1)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def attention(c, w, prefix, x):
    t, h = x.shape[0], c["num_attention_heads"]
    kv = c.get("num_key_value_heads") or h
    hd = c.get("head_dim") or c["hidden_size"] // h
    theta = c.get("rope_theta", 10000.0)
    q = rotate(linear(w, prefix + "q_proj", x).reshape(t, h, hd).transpose(1, 0, 2), theta)
    k = rotate(linear(w, prefix + "k_proj", x).reshape(t, kv, hd).transpose(1, 0, 2), theta)
    v = linear(w, prefix + "v_proj", x).reshape(t, kv, hd).transpose(1, 0, 2)
    mask = np.triu(np.full((t, t), -np.inf), 1)
    rows = [softmax(q[i] @ k[i * kv // h].T / np.sqrt(hd) + mask) @ v[i * kv // h] for i in range(h)]
    return linear(w, prefix + "o_proj", np.stack(rows, 1).reshape(t, h * hd))


def forward(c, w, ids):
    eps, x = c.get("rms_norm_eps", 1e-6), w["model.embed_tokens.weight"][ids]
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        x = x + attention(c, w, p + "self_attn.", rms_norm(x, w[p + "input_layernorm.weight"], eps))
        y = rms_norm(x, w[p + "post_attention_layernorm.weight"], eps)
        gate = linear(w, p + "mlp.gate_proj", y)
        x = x + linear(w, p + "mlp.down_proj", gate / (1 + np.exp(-gate)) * linear(w, p + "mlp.up_proj", y))
    head = w["model.embed_tokens.weight"] if c.get("tie_word_embeddings") else w["lm_head.weight"]
    return rms_norm(x, w["model.norm.weight"], eps) @ head.T


def mean_loss(logits, ids):
    if len(ids) < 2:
        return None
    rows, top = logits[:-1], logits[:-1].max(-1)
    log_sum = top + np.log(np.exp(rows - top[:, None]).sum(-1))
    return float((log_sum - rows[np.arange(len(rows)), ids[1:]]).mean())


def write_result(args, made_by, sequences):
    """To --out, or to the standard output."""
    result = {"model": os.path.basename(os.path.abspath(args.model_dir)), "made_by": made_by, "sequences": sequences}
    text = json.dumps(result, separators=(",", ":"))
    if args.out:
        with open(args.out, "w") as file:
            file.write(text + "\n")
    else:
        print(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model_dir")
    parser.add_argument("ids")
    parser.add_argument("--base")
    parser.add_argument("--out")
    parser.add_argument("--last", action="store_true")
    parser.add_argument("--digits", type=int, default=7)
    args = parser.parse_args()
    with open(args.ids) as file:
        ids = json.load(file)
    config, weights = read_model(args.model_dir, args.base)
    sequences = []
    for seq in ids if isinstance(ids[0], list) else [ids]:
        logits = forward(config, weights, np.array(seq))
        kept = logits[-1:] if args.last else logits
        data = [float(f"%.{args.digits}g" % v) for v in kept.reshape(-1)]
        sequences.append({"ids": seq, "logits": {"shape": list(kept.shape), "data": data},
                          "loss": mean_loss(logits, seq)})
    write_result(args, "tests/golden/check_llama.py", sequences)


if __name__ == "__main__":
    main()
