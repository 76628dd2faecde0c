#!/usr/bin/env python3
"""Sentence embeddings of a Hugging Face DistilBERT folder, computed by numpy alone: an oracle that shares no code with gradlab.

    /usr/bin/python3 tests/golden/check_distilbert.py MODEL_DIR ids.json [--out embeddings.json] [--digits 7]

ids.json is a list of lists of token ids. Each is read by itself, without padding; everything is computed in float64. Output:
{"model", "made_by", "sequences": [{"ids", "last", "embedding"}]}, where last is the last token's vector above the last layer
and embedding the mean of all tokens' vectors, divided by its length (Reimers and Gurevych 2019).
"""

import argparse
import json
import math
import os
import sys

import numpy as np

from check_llama import linear, read_weights, softmax, write_result

erf = np.vectorize(math.erf)


def check_config(c):
    if c.get("model_type") != "distilbert":
        sys.exit(f"model_type {c.get('model_type')!r} is not distilbert")
    if c.get("activation", "gelu") != "gelu":
        sys.exit(f"activation {c['activation']!r} is not gelu")


def layer_norm(w, name, x, eps=1e-12):
    centered = x - x.mean(-1, keepdims=True)
    scaled = centered / np.sqrt((centered * centered).mean(-1, keepdims=True) + eps)
    return scaled * w[name + ".weight"] + w[name + ".bias"]


def attention(c, w, prefix, x):
    """Every token sees every other."""
    h = c["n_heads"]
    t, d = x.shape
    q, k, v = (linear(w, prefix + name, x).reshape(t, h, d // h).transpose(1, 0, 2) for name in ("q_lin", "k_lin", "v_lin"))
    rows = [softmax(q[i] @ k[i].T / math.sqrt(d // h)) @ v[i] for i in range(h)]
    return linear(w, prefix + "out_lin", np.concatenate(rows, -1))


def forward(c, w, ids):
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = layer_norm(w, "embeddings.LayerNorm", x)
    for i in range(c["n_layers"]):
        p = f"transformer.layer.{i}."
        x = layer_norm(w, p + "sa_layer_norm", x + attention(c, w, p + "attention.", x))
        y = linear(w, p + "ffn.lin1", x)
        y = 0.5 * y * (1 + erf(y / math.sqrt(2)))
        x = layer_norm(w, p + "output_layer_norm", x + linear(w, p + "ffn.lin2", y))
    return x


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model_dir")
    parser.add_argument("ids")
    parser.add_argument("--out")
    parser.add_argument("--digits", type=int, default=7)
    args = parser.parse_args()
    with open(args.ids) as file:
        ids = json.load(file)
    with open(os.path.join(args.model_dir, "config.json")) as file:
        config = json.load(file)
    check_config(config)
    weights = {name.removeprefix("distilbert."): value for name, value in read_weights(args.model_dir).items()}
    sequences = []
    for seq in ids:
        hidden = forward(config, weights, np.array(seq))
        mean = hidden.mean(0)
        rounded = lambda vector: [float(f"%.{args.digits}g" % v) for v in vector]
        sequences.append({"ids": seq, "last": rounded(hidden[-1]), "embedding": rounded(mean / np.linalg.norm(mean))})
    write_result(args, "tests/golden/check_distilbert.py", sequences)


if __name__ == "__main__":
    main()
