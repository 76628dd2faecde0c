#!/usr/bin/env python3
"""Writes losses.json beside this script: losses, gated units, group norm and padded embeddings, by PyTorch in float64.

    /usr/bin/python3 tests/golden/make_losses.py          (Debian package python3-torch)

Layout and rounding are those of make_golden.py. A case's attrs name gradlab's function and its options.
"""

import torch
import torch.nn.functional as F

from make_golden import case, integers, rand, write


def cross_entropy(name, logits, targets, weights=None, **options):
    """PyTorch's own where it has the option; weights and the z-loss are written out over its unreduced losses."""
    ignore, z = options.get("ignoreIndex", -100), options.get("zLoss", 0)
    smoothing = options.get("labelSmoothing", 0)

    def loss(logits, targets, weights=None):
        if weights is None and not z:
            return F.cross_entropy(logits, targets, ignore_index=ignore, label_smoothing=smoothing)
        each = F.cross_entropy(logits, targets, ignore_index=ignore, label_smoothing=smoothing, reduction="none")
        each = each + z * logits.logsumexp(-1) ** 2
        w = (targets != ignore).double() * (1 if weights is None else weights)
        return (each * w).sum() / w.sum()

    inputs = {"logits": logits, "targets": targets}
    if weights is not None:
        inputs["weights"] = weights
    return name, case(loss, inputs, ["logits"], {"f": "crossEntropy", **options}, cotangent=False)


def clip_loss(a, b, scale, symmetric=True):
    logits = scale * F.normalize(a, dim=-1) @ F.normalize(b, dim=-1).T
    own = torch.arange(len(a))
    there, back = F.cross_entropy(logits, own), F.cross_entropy(logits.T, own)
    return (there + back) / 2 if symmetric else there


def pair(f, loss, x, y, names=("x", "y"), cotangent=False, **attrs):
    return case(lambda **i: loss(i[names[0]], i[names[1]]), dict(zip(names, (x, y))), list(names),
                {"f": f, "inputs": list(names), **attrs}, cotangent)


def main():
    logits, targets = rand(6, 5, scale=2), integers(5, 6)
    holes = targets.clone()
    holes[[1, 4]] = -100
    weights = torch.tensor([1, 0.5, 2, 0.25, 0, 1], dtype=torch.float64)
    cases = dict([
        cross_entropy("ce_ignore", logits, holes, ignoreIndex=-100),
        cross_entropy("ce_ignore_a_class", logits, targets, ignoreIndex=int(targets[0])),
        cross_entropy("ce_smoothing", logits, targets, labelSmoothing=0.1),
        cross_entropy("ce_smoothing_ignore", logits, holes, ignoreIndex=-100, labelSmoothing=0.3),
        cross_entropy("ce_z", logits, targets, zLoss=0.1),
        cross_entropy("ce_everything", logits, holes, weights, ignoreIndex=-100, labelSmoothing=0.2, zLoss=0.05),
    ])
    x, y = rand(4, 3, scale=2), rand(4, 3)
    t = torch.tensor([[1, 0, 0.25], [0, 1, 1], [0.5, 0, 0], [1, 1, 0]], dtype=torch.float64)
    weight, positive = rand(3).abs(), torch.tensor([2, 0.5, 3], dtype=torch.float64)
    bce = F.binary_cross_entropy_with_logits
    cases["bce"] = pair("binaryCrossEntropy", bce, x * 3, t)
    cases["bce_far"] = pair("binaryCrossEntropy", lambda x, t: bce(x, t, reduction="sum"), x * 40, t, reduction="sum")
    cases["bce_weighted"] = case(
        lambda x, y, weights, positiveWeight: bce(x, y, weights, pos_weight=positiveWeight),
        {"x": x, "y": t, "weights": weight, "positiveWeight": positive}, ["x", "y"],
        {"f": "binaryCrossEntropy", "inputs": ["x", "y"]}, False)
    cases["mse"] = pair("mseLoss", F.mse_loss, x, y)
    cases["mse_none"] = pair("mseLoss", lambda x, y: F.mse_loss(x, y, reduction="none"), x, y, cotangent=True,
                             reduction="none")
    cases["huber"] = pair("huberLoss", lambda x, y: F.huber_loss(x, y, delta=1.5), x, y, delta=1.5)
    cases["smooth_l1"] = pair("smoothL1Loss", lambda x, y: F.smooth_l1_loss(x, y, beta=0.5), x, y, beta=0.5)
    cases["kl"] = pair("klDivergence", lambda p, q: F.kl_div(q.log_softmax(-1), p.log_softmax(-1), log_target=True,
                                                             reduction="batchmean"), x, y)
    cases["cosine"] = pair("cosineSimilarity", F.cosine_similarity, x, y, cotangent=True, axis=1)
    cases["cosine_first_axis"] = pair("cosineSimilarity", lambda a, b: F.cosine_similarity(a, b, dim=0), x, y,
                                      cotangent=True, axis=0)
    cases["info_nce"] = pair("contrastiveLoss", lambda a, b: clip_loss(a, b, 4.0, False), x, y, scale=4,
                             symmetric=False)
    cases["clip"] = case(lambda x, y, scale: clip_loss(x, y, scale),
                         {"x": x, "y": y, "scale": torch.tensor(3.5, dtype=torch.float64)}, ["x", "y", "scale"],
                         {"f": "contrastiveLoss", "inputs": ["x", "y"]}, False)
    for name, gate in (("glu", torch.sigmoid), ("swiGLU", F.silu), ("geGLU", F.gelu), ("reGLU", F.relu)):
        cases[name] = pair(name, lambda g, u, gate=gate: gate(g) * u, x, y, cotangent=True)
    cases["geGLU_tanh"] = pair("geGLU", lambda g, u: F.gelu(g, approximate="tanh") * u, x, y, cotangent=True,
                               approximate="tanh")
    for groups in (1, 2, 4):
        cases[f"group_norm_{groups}"] = case(
            lambda x, gain, bias, groups=groups: F.group_norm(x, groups, gain, bias),
            {"x": rand(2, 4, 3, 2, shift=0.5), "gain": rand(4, shift=1), "bias": rand(4)}, ["x", "gain", "bias"],
            {"f": "groupNorm", "groups": groups})
    cases["embedding_padding"] = case(
        lambda x, ids: F.embedding(ids, x, padding_idx=2),
        {"x": rand(4, 3), "ids": torch.tensor([[0, 2, 2], [3, 0, 2]])}, ["x"], {"f": "embedding", "paddingIndex": 2})
    write("losses.json", cases, "tests/golden/make_losses.py")


if __name__ == "__main__":
    main()
