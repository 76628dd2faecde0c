#!/usr/bin/env python3
"""Writes vit.json and clip.json beside this script.

    OMP_NUM_THREADS=1 /usr/bin/python3 tests/golden/make_vision.py          (Debian package python3-torch)

Written by hand after the papers and the layout of Hugging Face's checkpoints; no model library is used. Patches are taken
by PyTorch's convolution. Computed in float64 from seeded float32 values of three decimals; grads are of the loss.
"""

import math
import os

import torch
import torch.nn.functional as F

import golden_io
from golden_io import integers, pack, pack_input, rand

VIT = {"model_type": "vit", "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 3,
       "hidden_act": "gelu", "layer_norm_eps": 1e-12, "image_size": 6, "patch_size": 2, "num_channels": 3}
CLIP = {"model_type": "clip", "projection_dim": 6, "logit_scale_init_value": 2.6592,
        "text_config": {"vocab_size": 19, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2,
                        "num_attention_heads": 2, "max_position_embeddings": 9, "hidden_act": "quick_gelu",
                        "layer_norm_eps": 1e-5, "eos_token_id": 2},
        "vision_config": {"hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 3,
                          "image_size": 6, "patch_size": 3, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}}
VIT_NAMES = {"q": "attention.attention.query", "k": "attention.attention.key", "v": "attention.attention.value",
             "o": "attention.output.dense", "n1": "layernorm_before", "up": "intermediate.dense", "down": "output.dense",
             "n2": "layernorm_after"}
CLIP_NAMES = {"q": "self_attn.q_proj", "k": "self_attn.k_proj", "v": "self_attn.v_proj", "o": "self_attn.out_proj",
              "n1": "layer_norm1", "up": "mlp.fc1", "down": "mlp.fc2", "n2": "layer_norm2"}


def dense(w, name, rows, cols):
    w[name + ".weight"], w[name + ".bias"] = rand(rows, cols, scale=0.3), rand(rows, scale=0.1)


def norm(w, name, width):
    w[name + ".weight"], w[name + ".bias"] = rand(width, scale=0.1, shift=1), rand(width, scale=0.1)


def block_weights(w, prefix, c, names):
    d, ff = c["hidden_size"], c["intermediate_size"]
    for i in range(c["num_hidden_layers"]):
        p = f"{prefix}.{i}."
        for key in "qkvo":
            dense(w, p + names[key], d, d)
        norm(w, p + names["n1"], d)
        dense(w, p + names["up"], ff, d)
        dense(w, p + names["down"], d, ff)
        norm(w, p + names["n2"], d)


def linear(w, name, x):
    return F.linear(x, w[name + ".weight"], w.get(name + ".bias"))


def layer_norm(w, name, x, eps):
    return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], eps)


def activation(x, c):
    return F.gelu(x) if c["hidden_act"] == "gelu" else x * torch.sigmoid(1.702 * x)


def blocks(w, prefix, c, names, x, hidden=None):
    b, t, d = x.shape
    h, eps = c["num_attention_heads"], c["layer_norm_eps"]
    for i in range(c["num_hidden_layers"]):
        p = f"{prefix}.{i}."
        y = layer_norm(w, p + names["n1"], x, eps)
        q, k, v = (linear(w, p + names[key], y).reshape(b, t, h, d // h).transpose(1, 2) for key in "qkv")
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // h)
        if hidden is not None:
            scores = scores.masked_fill(hidden, float("-inf"))
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d)
        x = x + linear(w, p + names["o"], y)
        y = layer_norm(w, p + names["n2"], x, eps)
        x = x + linear(w, p + names["down"], activation(linear(w, p + names["up"], y), c))
    return x


def vit_weights(c):
    d, w, n = c["hidden_size"], {}, (c["image_size"] // c["patch_size"]) ** 2
    w["vit.embeddings.cls_token"] = rand(1, 1, d)
    w["vit.embeddings.position_embeddings"] = rand(1, n + 1, d, scale=0.5)
    w["vit.embeddings.patch_embeddings.projection.weight"] = rand(d, 3, c["patch_size"], c["patch_size"], scale=0.3)
    w["vit.embeddings.patch_embeddings.projection.bias"] = rand(d, scale=0.1)
    block_weights(w, "vit.encoder.layer", c, VIT_NAMES)
    norm(w, "vit.layernorm", d)
    return w


def vit_hidden(c, w, images):
    at = "vit.embeddings."
    patch = at + "patch_embeddings.projection"
    x = F.conv2d(images, w[patch + ".weight"], w[patch + ".bias"], stride=c["patch_size"]).flatten(2).transpose(1, 2)
    x = torch.cat((w[at + "cls_token"].expand(len(x), -1, -1), x), 1) + w[at + "position_embeddings"]
    return layer_norm(w, "vit.layernorm", blocks(w, "vit.encoder.layer", c, VIT_NAMES, x), c["layer_norm_eps"])


def packed(w):
    return {n: pack_input(t) for n, t in w.items()}


def vit_cases():
    shared, images, d = vit_weights(VIT), rand(2, 3, 6, 6), VIT["hidden_size"]
    pooler, classifier = {}, {}
    dense(pooler, "vit.pooler.dense", d, d)
    dense(classifier, "classifier", 3, d)
    with torch.no_grad():
        hidden = vit_hidden(VIT, shared, images)
        pooled = torch.tanh(linear(pooler, "vit.pooler.dense", hidden[:, 0]))
    bare = {"config": VIT, "weights": packed({**shared, **pooler}), "inputs": {"images": pack_input(images)},
            "outputs": {"hidden": pack(hidden), "pooled": pack(pooled)}, "grads": {}}
    w = {n: t.clone().requires_grad_() for n, t in {**shared, **classifier}.items()}
    targets = torch.tensor([2, 0])
    logits = linear(w, "classifier", vit_hidden(VIT, w, images)[:, 0])
    loss = F.cross_entropy(logits, targets)
    loss.backward()
    head = {"config": VIT, "weights": packed(classifier), "inputs": {"targets": pack(targets)},
            "outputs": {"logits": pack(logits), "loss": pack(loss)}, "grads": {n: pack(t.grad) for n, t in w.items()}}
    return {"none": bare, "image-classification": head}


def clip_weights(c):
    w, text, vision, p = {}, c["text_config"], c["vision_config"], c["projection_dim"]
    d, dv = text["hidden_size"], vision["hidden_size"]
    w["logit_scale"] = rand(1, scale=0.1, shift=1.5)[0]
    w["text_model.embeddings.token_embedding.weight"] = rand(text["vocab_size"], d, scale=0.5)
    w["text_model.embeddings.position_embedding.weight"] = rand(text["max_position_embeddings"], d, scale=0.5)
    block_weights(w, "text_model.encoder.layers", text, CLIP_NAMES)
    norm(w, "text_model.final_layer_norm", d)
    w["text_projection.weight"] = rand(p, d, scale=0.3)
    patch = vision["patch_size"]
    w["vision_model.embeddings.class_embedding"] = rand(dv)
    w["vision_model.embeddings.patch_embedding.weight"] = rand(dv, 3, patch, patch, scale=0.2)
    w["vision_model.embeddings.position_embedding.weight"] = rand((6 // patch) ** 2 + 1, dv, scale=0.5)
    norm(w, "vision_model.pre_layrnorm", dv)
    block_weights(w, "vision_model.encoder.layers", vision, CLIP_NAMES)
    norm(w, "vision_model.post_layernorm", dv)
    w["visual_projection.weight"] = rand(p, dv, scale=0.3)
    return w


def clip_text(c, w, ids, mask):
    """The end of a text is the first place of the highest id, as in OpenAI's code."""
    t, text = ids.shape[1], c["text_config"]
    at = "text_model.embeddings."
    x = w[at + "token_embedding.weight"][ids] + w[at + "position_embedding.weight"][:t]
    hidden = torch.ones(t, t, dtype=torch.bool).triu(1) | (mask == 0)[:, None, None, :]
    x = blocks(w, "text_model.encoder.layers", text, CLIP_NAMES, x, hidden)
    x = layer_norm(w, "text_model.final_layer_norm", x, text["layer_norm_eps"])
    return F.normalize(F.linear(x[torch.arange(len(ids)), ids.argmax(-1)], w["text_projection.weight"]), dim=-1)


def clip_image(c, w, images):
    vision, at = c["vision_config"], "vision_model.embeddings."
    x = F.conv2d(images, w[at + "patch_embedding.weight"], stride=vision["patch_size"]).flatten(2).transpose(1, 2)
    x = torch.cat((w[at + "class_embedding"].expand(len(x), 1, -1), x), 1) + w[at + "position_embedding.weight"]
    x = layer_norm(w, "vision_model.pre_layrnorm", x, vision["layer_norm_eps"])
    x = blocks(w, "vision_model.encoder.layers", vision, CLIP_NAMES, x)
    x = layer_norm(w, "vision_model.post_layernorm", x[:, 0], vision["layer_norm_eps"])
    return F.normalize(F.linear(x, w["visual_projection.weight"]), dim=-1)


def clip_case():
    w = {n: t.requires_grad_() for n, t in clip_weights(CLIP).items()}
    images, ids = rand(3, 3, 6, 6), integers(15, 3, 7) + 2
    mask = torch.tensor([[1] * 7, [1] * 5 + [0] * 2, [1] * 4 + [0] * 3])
    for row, length in enumerate((7, 5, 4)):
        ids[row, length - 1:] = 18
    text, image = clip_text(CLIP, w, ids, mask), clip_image(CLIP, w, images)
    logits = w["logit_scale"].exp() * image @ text.T
    own = torch.arange(3)
    loss = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    loss.backward()
    return {"config": CLIP, "weights": packed(w),
            "inputs": {"ids": pack(ids), "mask": pack(mask), "images": pack_input(images)},
            "outputs": {"textVectors": pack(text), "imageVectors": pack(image), "logitsPerImage": pack(logits),
                        "loss": pack(loss)},
            "grads": {n: pack(t.grad) for n, t in w.items()}}


if __name__ == "__main__":
    me = os.path.basename(__file__)
    golden_io.write(me, "vit.json", vit_cases())
    golden_io.write(me, "clip.json", {"clip": clip_case()})
