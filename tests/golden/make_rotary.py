#!/usr/bin/env python3
"""Writes rotary.json beside this script: rotary frequencies under each kind of rope_scaling, by numpy in float64.

    /usr/bin/python3 tests/golden/make_rotary.py          (Debian package python3-numpy)

Written from the papers and from published config.json files, array-wise and by masks where gradlab goes channel by
channel: linear (Chen et al. 2023), dynamic NTK and YaRN (Peng et al. 2023), Llama 3.1 (Meta's reference code).
Also one partial rotation of heads (GPT-NeoX). Every case names its rope_scaling object as config.json has it.
"""

import json
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def plain(width, theta):
    return 1.0 / theta ** (np.arange(0, width, 2, dtype=np.float64) / width)


def linear(c):
    return plain(c["width"], c["theta"]) / c["scaling"]["factor"], 1.0


def dynamic(c):
    factor, trained = c["scaling"]["factor"], c["maxPositions"]
    length = max(c["positions"], trained)
    base = c["theta"] * ((factor * length / trained) - (factor - 1)) ** (c["width"] / (c["width"] - 2))
    return plain(c["width"], base), 1.0


def yarn(c):
    s, width, theta = c["scaling"], c["width"], c["theta"]
    factor, trained = s["factor"], s.get("original_max_position_embeddings", c["maxPositions"])

    def mscale(m):
        return 1.0 if factor <= 1 else 0.1 * m * np.log(factor) + 1.0

    amplitude = s.get("attention_factor")
    if amplitude is None:
        both = s.get("mscale") and s.get("mscale_all_dim")
        amplitude = mscale(s["mscale"]) / mscale(s["mscale_all_dim"]) if both else mscale(1)
    turns = np.array([s.get("beta_fast", 32), s.get("beta_slow", 1)])
    ends = width * np.log(trained / (turns * 2 * np.pi)) / (2 * np.log(theta))
    if s.get("truncate", True):
        ends = np.array([np.floor(ends[0]), np.ceil(ends[1])])
    low, high = max(ends[0], 0), min(ends[1], width - 1)
    high += 0.001 * (low == high)
    keep = 1 - np.clip((np.arange(width // 2) - low) / (high - low), 0, 1)
    f = plain(width, theta)
    return f / factor * (1 - keep) + f * keep, float(amplitude)


def llama3(c):
    s, f = c["scaling"], plain(c["width"], c["theta"])
    trained, low, high = s["original_max_position_embeddings"], s["low_freq_factor"], s["high_freq_factor"]
    wavelength = 2 * np.pi / f
    smooth = (trained / wavelength - low) / (high - low)
    between = (1 - smooth) * f / s["factor"] + smooth * f
    long, short = wavelength > trained / low, wavelength < trained / high
    return np.where(long, f / s["factor"], np.where(short, f, between)), 1.0


KINDS = {"linear": linear, "dynamic": dynamic, "yarn": yarn, "llama3": llama3}

CASES = {
    "linear": {"width": 16, "theta": 10000, "maxPositions": 2048, "scaling": {"type": "linear", "factor": 4.0}},
    "dynamic_short": {"width": 16, "theta": 10000, "positions": 1024, "maxPositions": 2048,
                      "scaling": {"type": "dynamic", "factor": 2.0}},
    "dynamic_long": {"width": 16, "theta": 10000, "positions": 5000, "maxPositions": 2048,
                     "scaling": {"rope_type": "dynamic", "factor": 2.0}},
    "yarn_qwen2.5": {"width": 128, "theta": 1000000, "maxPositions": 32768,
                     "scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}},
    "yarn_deepseek_v2": {"width": 64, "theta": 10000, "maxPositions": 163840,
                         "scaling": {"type": "yarn", "factor": 40, "original_max_position_embeddings": 4096,
                                     "beta_fast": 32, "beta_slow": 1, "mscale": 0.707, "mscale_all_dim": 1.0}},
    "yarn_gpt_oss": {"width": 64, "theta": 150000, "maxPositions": 131072,
                     "scaling": {"rope_type": "yarn", "factor": 32.0, "original_max_position_embeddings": 4096,
                                 "beta_fast": 32.0, "beta_slow": 1.0, "truncate": False}},
    "yarn_attention_factor": {"width": 8, "theta": 10000, "maxPositions": 64,
                              "scaling": {"rope_type": "yarn", "factor": 2.0, "attention_factor": 1.5}},
    "llama3.1": {"width": 128, "theta": 500000, "maxPositions": 131072,
                 "scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                             "original_max_position_embeddings": 8192}},
    "llama3.2": {"width": 64, "theta": 500000, "maxPositions": 131072,
                 "scaling": {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                             "original_max_position_embeddings": 8192}},
}


def frequency_case(c):
    c = {"positions": c["maxPositions"], **c}
    scaling = c["scaling"]
    frequencies, amplitude = KINDS[scaling.get("rope_type", scaling.get("type"))](c)
    return {**c, "frequencies": [float("%.12g" % f) for f in frequencies], "amplitude": float("%.12g" % amplitude)}


def partial_case():
    """x [1, 3, 2, 8]: the first four channels of each head turn at positions 5, 6, 7; the others pass."""
    x = np.round(np.random.default_rng(3).normal(size=(1, 3, 2, 8)), 3)
    angle = np.array([5, 6, 7])[:, None] * np.tile(plain(4, 10000), 2)[None, :]
    cos, sin = np.cos(angle)[None, :, None, :], np.sin(angle)[None, :, None, :]
    turning = x[..., :4]
    rotated = turning * cos + np.concatenate((-turning[..., 2:], turning[..., :2]), -1) * sin
    y = np.concatenate((rotated, x[..., 4:]), -1)
    return {"x": x.reshape(-1).tolist(), "y": [float("%.9g" % v) for v in y.reshape(-1)]}


def main():
    meta = {"made_by": "tests/golden/make_rotary.py", "numpy": np.__version__, "computed_in": "float64", "digits": 12}
    cases = {"_meta": meta, "partial": partial_case(), "scaled": {n: frequency_case(c) for n, c in CASES.items()}}
    path = os.path.join(HERE, "rotary.json")
    with open(path + ".tmp", "w") as file:
        lines = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in cases.items()]
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    os.replace(path + ".tmp", path)


if __name__ == "__main__":
    main()
