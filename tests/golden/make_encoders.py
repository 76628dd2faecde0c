#!/usr/bin/env python3
"""Writes encoder-*.json beside this script: BERT, RoBERTa and DistilBERT with every head.

    OMP_NUM_THREADS=1 /usr/bin/python3 tests/golden/make_encoders.py          (Debian package python3-torch)

The models are written here by hand, after the papers and the layout of Hugging Face's checkpoints; no model library is
used. Everything is computed by PyTorch in float64 from seeded float32 values of three decimals. Layout of a file:

    {"_meta": ..., "<head>": {"config", "weights", "inputs": {ids, mask, types?, targets}, "outputs", "grads"}}

`weights` of a case are those that its head adds; those of the body are in the case "body". `grads` are of the loss, for
every parameter in "masked-lm" and for a few otherwise. Positions whose mask is 0 hold token ids that are not the padding
id in BERT and DistilBERT, so that only the mask can hide them.
"""

import math
import os

import torch
import torch.nn.functional as F

import golden_io
from golden_io import integers, pack, pack_input, rand

BODY = {"vocab_size": 23, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "hidden_size": 12, "intermediate_size": 20,
        "num_hidden_layers": 2, "num_attention_heads": 3, "max_position_embeddings": 12, "type_vocab_size": 2,
        "pad_token_id": 0, "hidden_dropout_prob": 0.1}
CONFIGS = {
    "bert": {"model_type": "bert", **BODY},
    "roberta": {"model_type": "roberta", **BODY, "type_vocab_size": 1, "pad_token_id": 1, "layer_norm_eps": 1e-5},
    "distilbert": {"model_type": "distilbert", "vocab_size": 23, "activation": "gelu", "dim": 12, "hidden_dim": 20,
                   "n_layers": 2, "n_heads": 3, "max_position_embeddings": 12, "pad_token_id": 0},
}
BERT_LAYER = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
              "o": "attention.output.dense", "n1": "attention.output.LayerNorm", "up": "intermediate.dense",
              "down": "output.dense", "n2": "output.LayerNorm"}
DISTIL_LAYER = {"q": "attention.q_lin", "k": "attention.k_lin", "v": "attention.v_lin", "o": "attention.out_lin",
                "n1": "sa_layer_norm", "up": "ffn.lin1", "down": "ffn.lin2", "n2": "output_layer_norm"}
LAYERS = {"bert": ("bert.encoder.layer", BERT_LAYER), "roberta": ("roberta.encoder.layer", BERT_LAYER),
          "distilbert": ("distilbert.transformer.layer", DISTIL_LAYER)}
LABELS = 3


def dense(w, name, rows, cols):
    w[name + ".weight"], w[name + ".bias"] = rand(rows, cols, scale=0.3), rand(rows, scale=0.1)


def norm(w, name, width):
    w[name + ".weight"], w[name + ".bias"] = rand(width, scale=0.1, shift=1), rand(width, scale=0.1)


def sizes(c):
    return c.get("hidden_size", c.get("dim")), c.get("intermediate_size", c.get("hidden_dim"))


def body_weights(kind, c):
    (d, ff), w = sizes(c), {}
    at = f"{kind}.embeddings."
    w[at + "word_embeddings.weight"] = rand(c["vocab_size"], d, scale=0.5)
    w[at + "position_embeddings.weight"] = rand(c["max_position_embeddings"], d, scale=0.5)
    if kind != "distilbert":
        w[at + "token_type_embeddings.weight"] = rand(c["type_vocab_size"], d, scale=0.5)
    norm(w, at + "LayerNorm", d)
    prefix, names = LAYERS[kind]
    for i in range(2):
        p = f"{prefix}.{i}."
        for key in "qkvo":
            dense(w, p + names[key], d, d)
        norm(w, p + names["n1"], d)
        dense(w, p + names["up"], ff, d)
        dense(w, p + names["down"], d, ff)
        norm(w, p + names["n2"], d)
    return w


def linear(w, name, x):
    return F.linear(x, w[name + ".weight"], w[name + ".bias"])


def layer_norm(w, name, x, eps):
    return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], eps)


def body(kind, c, w, ids, mask, types):
    d, _ = sizes(c)
    b, t = ids.shape
    eps, heads = c.get("layer_norm_eps", 1e-12), 3
    at = f"{kind}.embeddings."
    if kind == "roberta":
        real = (ids != c["pad_token_id"]).long()
        positions = torch.cumsum(real, 1) * real + c["pad_token_id"]
    else:
        positions = torch.arange(t).expand(b, t)
    x = w[at + "word_embeddings.weight"][ids] + w[at + "position_embeddings.weight"][positions]
    if kind != "distilbert":
        x = x + w[at + "token_type_embeddings.weight"][types]
    x = layer_norm(w, at + "LayerNorm", x, eps)
    prefix, names = LAYERS[kind]
    hidden = (mask == 0)[:, None, None, :]
    for i in range(2):
        p = f"{prefix}.{i}."
        q, k, v = (linear(w, p + names[key], x).reshape(b, t, heads, d // heads).transpose(1, 2) for key in "qkv")
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // heads)
        y = scores.masked_fill(hidden, float("-inf")).softmax(-1) @ v
        y = linear(w, p + names["o"], y.transpose(1, 2).reshape(b, t, d))
        x = layer_norm(w, p + names["n1"], x + y, eps)
        y = linear(w, p + names["down"], F.gelu(linear(w, p + names["up"], x)))
        x = layer_norm(w, p + names["n2"], x + y, eps)
    return x


def head_weights(kind, c, head):
    d, _ = sizes(c)
    w = {}
    if head == "masked-lm":
        names = {"bert": ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"),
                 "roberta": ("lm_head.dense", "lm_head.layer_norm", "lm_head.bias"),
                 "distilbert": ("vocab_transform", "vocab_layer_norm", "vocab_projector.bias")}[kind]
        dense(w, names[0], d, d)
        norm(w, names[1], d)
        w[names[2]] = rand(c["vocab_size"], scale=0.1)
    if head == "sequence-classification":
        inner, outer = {"bert": ("bert.pooler.dense", "classifier"),
                        "roberta": ("classifier.dense", "classifier.out_proj"),
                        "distilbert": ("pre_classifier", "classifier")}[kind]
        dense(w, inner, d, d)
        dense(w, outer, LABELS, d)
    if head == "none" and kind != "distilbert":
        dense(w, f"{kind}.pooler.dense", d, d)
    if head == "token-classification":
        dense(w, "classifier", LABELS, d)
    if head == "question-answering":
        dense(w, "qa_outputs", 2, d)
    return w


def apply_head(kind, c, w, head, x):
    """Hidden states to logits; the bare model gives its pooled output."""
    eps = c.get("layer_norm_eps", 1e-12)
    if head == "masked-lm":
        names = list(w)[-5:]
        inner, ln, bias = names[0][:-7], names[2][:-7], names[4]
        y = layer_norm(w, ln, F.gelu(linear(w, inner, x)), eps)
        return y @ w[f"{kind}.embeddings.word_embeddings.weight"].T + w[bias]
    if head == "none":
        return torch.tanh(linear(w, f"{kind}.pooler.dense", x[:, 0])) if kind != "distilbert" else None
    if head == "sequence-classification":
        if kind == "bert":
            return linear(w, "classifier", torch.tanh(linear(w, "bert.pooler.dense", x[:, 0])))
        if kind == "roberta":
            return linear(w, "classifier.out_proj", torch.tanh(linear(w, "classifier.dense", x[:, 0])))
        return linear(w, "classifier", torch.relu(linear(w, "pre_classifier", x[:, 0])))
    return linear(w, "classifier" if head == "token-classification" else "qa_outputs", x)


def loss_of(head, logits, targets):
    if head == "question-answering":
        return (F.cross_entropy(logits[..., 0], targets[:, 0]) + F.cross_entropy(logits[..., 1], targets[:, 1])) / 2
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=-100)


def targets_of(head, c, mask):
    b, t = mask.shape
    if head == "sequence-classification":
        return integers(LABELS, b)
    if head == "question-answering":
        return torch.tensor([[1, 3], [0, 2]])
    high = c["vocab_size"] if head == "masked-lm" else LABELS
    some = integers(2, b, t) * mask
    some[0, 1] = 1
    return torch.where(some > 0, integers(high, b, t), torch.tensor(-100))


def mean_embedding(x, mask):
    m = mask[..., None].double()
    return F.normalize((x * m).sum(1) / m.sum(1), dim=-1)


NAMED = ("word_embeddings.weight", "position_embeddings.weight", "embeddings.LayerNorm.bias", "classifier", "qa_outputs",
         "pooler", "query.bias", "q_lin.bias", "layer.0.ffn.lin1.bias", "layer.0.intermediate.dense.bias")


def head_case(kind, c, shared, head, inputs):
    ids, mask, types = inputs
    own = head_weights(kind, c, head)
    w = {n: t.clone().requires_grad_() for n, t in {**shared, **own}.items()}
    x = body(kind, c, w, ids, mask, types)
    logits = apply_head(kind, c, w, head, x)
    case = {"config": c, "weights": {n: pack_input(t) for n, t in own.items()}, "inputs": {}, "outputs": {}, "grads": {}}
    if head == "none":
        case["outputs"] = {"hidden": pack(x), "mean": pack(mean_embedding(x, mask))}
        if logits is not None:
            case["outputs"]["pooled"] = pack(logits)
        return case
    targets = targets_of(head, c, mask)
    loss = loss_of(head, logits, targets)
    loss.backward()
    case["inputs"] = {"targets": pack(targets)}
    case["outputs"] = {"logits": pack(logits), "loss": pack(loss)}
    case["grads"] = {n: pack(p.grad) for n, p in w.items()
                     if p.grad is not None and (head == "masked-lm" or any(k in n for k in NAMED))}
    return case


def cases(kind):
    c = CONFIGS[kind]
    shared = body_weights(kind, c)
    ids = integers(c["vocab_size"] - 2, 2, 6) + 2
    mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]])
    if kind == "roberta":
        ids = torch.where(mask > 0, ids, torch.tensor(1))
    types = torch.tensor([[0, 0, 1, 1, 1, 1], [0, 1, 1, 1, 0, 0]]) if kind == "bert" else torch.zeros_like(ids)
    given = {"ids": pack(ids), "mask": pack(mask)}
    if kind == "bert":
        given["types"] = pack(types)
    result = {"body": {"config": c, "weights": {n: pack_input(t) for n, t in shared.items()}, "inputs": given,
                       "outputs": {}, "grads": {}}}
    heads = ("none", "masked-lm", "sequence-classification", "token-classification", "question-answering")
    for head in heads:
        result[head] = head_case(kind, c, shared, head, (ids, mask, types))
    return result


if __name__ == "__main__":
    for name in CONFIGS:
        golden_io.write(os.path.basename(__file__), f"encoder-{name}.json", cases(name))
