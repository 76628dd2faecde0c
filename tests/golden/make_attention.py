#!/usr/bin/env python3
"""Writes attention.json beside this script: attention with each option, by PyTorch in float64.

    /usr/bin/python3 tests/golden/make_attention.py          (Debian package python3-torch)

Layout and rounding are those of make_golden.py; masks are numbers 0 and 1.
"""

import math

import torch

from make_golden import case, rand, write


def visible(batch, heads, t, s, causal=True, window=0, mask=None, segments=None):
    """Bool [B, H, T, S], true where a query may see a key; the queries are the last t of the s positions."""
    query = torch.arange(s - t, s)[:, None]
    distance = query - torch.arange(s)[None, :]
    seen = distance >= 0 if causal else torch.ones(t, s, dtype=torch.bool)
    if window:
        seen = seen & (distance.abs() < window)
    seen = seen.expand(batch, heads, t, s)
    if mask is not None:
        seen = seen & (mask != 0)
    if segments is not None:
        seen = seen & (segments[:, None, :, None] == segments[:, None, None, :])
    return seen


def attention(q, k, v, bias=None, mask=None, segments=None, causal=True, window=0, scale=None):
    batch, heads, t, width = q.shape
    groups, s = k.shape[1:3]
    k, v = k.repeat_interleave(heads // groups, 1), v.repeat_interleave(heads // groups, 1)
    scores = q @ k.transpose(-1, -2) * (scale or 1 / math.sqrt(width))
    if bias is not None:
        scores = scores + bias
    seen = visible(batch, heads, t, s, causal, window, mask, segments)
    # A finite number, then zeros: rows that see nothing have zero weights and zero gradients.
    weights = scores.masked_fill(~seen, -1e9).softmax(-1) * seen
    return weights @ v


def attention_case(b=1, h=2, g=2, t=4, s=4, e=4, bias=None, mask=None, segments=None, **attrs):
    inputs = {"q": rand(b, h, t, e), "k": rand(b, g, s, e), "v": rand(b, g, s, e)}
    wanted = ["q", "k", "v"]
    if bias is not None:
        inputs["bias"] = rand(*bias)
        wanted.append("bias")
    for name, value in (("mask", mask), ("segments", segments)):
        if value is not None:
            inputs[name] = torch.tensor(value)
    return case(lambda **leaves: attention(**leaves, **attrs), inputs, wanted, attrs)


def main():
    packed = [[0, 0, 0, 1, 1, 2], [3, 3, 3, 3, 5, 5]]
    padding = [[[[1, 1, 1, 0, 0]]], [[[1, 1, 1, 1, 1]]]]
    blind = [[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0], [1, 1, 1, 1]]
    write("attention.json", {
        "plain": attention_case(),
        "scale": attention_case(scale=0.3),
        "bidirectional": attention_case(g=1, t=3, s=5, causal=False),
        "bias_by_head": attention_case(bias=(1, 2, 4, 4)),
        "bias_by_key": attention_case(b=2, t=3, s=5, bias=(2, 1, 1, 5), causal=False),
        "bias_grouped": attention_case(b=2, h=4, bias=(4, 1, 4)),
        "mask_padding": attention_case(b=2, t=5, s=5, mask=padding, causal=False),
        "mask_causal_padding": attention_case(b=2, t=5, s=5, mask=padding),
        "mask_of_blind_query": attention_case(mask=blind),
        "mask_of_blind_query_bidirectional": attention_case(mask=blind, causal=False, bias=(4, 4)),
        "window": attention_case(t=7, s=7, window=3),
        "window_of_one": attention_case(window=1),
        "window_bidirectional": attention_case(t=6, s=6, window=2, causal=False),
        "window_grouped": attention_case(h=4, t=6, s=6, window=2),
        "segments": attention_case(b=2, t=6, s=6, segments=packed),
        "segments_bidirectional": attention_case(b=2, t=6, s=6, segments=packed, causal=False),
        "last_queries": attention_case(t=3, s=7),
        "last_queries_grouped": attention_case(h=4, t=2, s=5),
        "last_queries_window": attention_case(t=3, s=7, window=2),
        "all_at_once": attention_case(b=2, h=4, t=6, s=6, bias=(4, 1, 6), mask=[[1, 1, 1, 1, 0, 1]],
                                      segments=packed, window=3, scale=0.7),
    }, "tests/golden/make_attention.py")


if __name__ == "__main__":
    main()
