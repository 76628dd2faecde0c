#!/usr/bin/env python3
"""Writes optimizers.json and schedules.json beside this script.

    OMP_NUM_THREADS=1 /usr/bin/python3 tests/golden/make_optimizers.py      (Debian package python3-torch)

Adam, RMSprop, Adagrad and SGD are torch.optim's. Lion, Adafactor, Muon and the 8-bit AdamW are written out here from
their papers in float64 numpy, independently of gradlab. Inputs are seeded numbers of three decimals; outputs have
nine significant digits. Layout as in make_golden.py; `outputs.<p>_after_<k>` is parameter p after step k.
"""

import json
import math
import os

import numpy as np
import torch

SEED = 20250311
HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(SEED)
SHAPES = {"a": (3, 4), "b": (5,), "c": (6, 3), "d": (2, 3, 4)}
STEPS = 6


def rand(*shape, scale=1.0):
    return np.round(random.standard_normal(shape) * scale, 3)


def pack(array):
    return {"shape": list(array.shape), "data": [float("%.9g" % v) for v in array.reshape(-1)]}


def case(make, attrs, shapes=SHAPES, steps=STEPS):
    """`make(params)` gives step(grads), which changes the arrays of params in place."""
    params = {n: rand(*s) for n, s in shapes.items()}
    inputs, outputs = {n: pack(p) for n, p in params.items()}, {}
    step = make(params)
    for k in range(1, steps + 1):
        grads = {n: rand(*p.shape, scale=0.5) for n, p in params.items()}
        if k == 2 and "b" in grads:
            grads["b"][:] = 0
        inputs.update({f"{n}_grad_{k}": pack(g) for n, g in grads.items()})
        step(grads)
        outputs.update({f"{n}_after_{k}": pack(p) for n, p in params.items()})
    return {"attrs": attrs, "inputs": inputs, "outputs": outputs, "grads": {}}


def by_torch(make):
    def start(params):
        tensors = {n: torch.from_numpy(p).requires_grad_() for n, p in params.items()}
        optimizer = make(list(tensors.values()))

        def step(grads):
            for n, t in tensors.items():
                t.grad = torch.from_numpy(grads[n].copy())
            optimizer.step()  # the arrays share the tensors' memory
        return step
    return start


def by_hand(rule):
    """`rule(p, g, state, t)` returns the new p."""
    def start(params):
        states, count = {n: {} for n in params}, [0]

        def step(grads):
            count[0] += 1
            for n, p in params.items():
                p[...] = rule(p, grads[n], states[n], count[0])
        return step
    return start


def lion(lr, b1, b2, decay):
    def rule(p, g, s, _):
        m = s.get("m", np.zeros_like(p))
        update = np.sign(b1 * m + (1 - b1) * g)
        s["m"] = b2 * m + (1 - b2) * g
        return p - lr * (update + decay * p)
    return rule


def adafactor(lr=None, scale_parameter=True, decay=0.0, clip=1.0, beta1=None):
    def rms(x):
        return math.sqrt((x * x).mean())

    def rule(p, g, s, t):
        rho = min(1e-2, 1 / math.sqrt(t)) if lr is None else lr
        alpha = rho * (max(1e-3, rms(p)) if scale_parameter else 1.0)
        beta = 1 - t ** -0.8
        sq = g * g + 1e-30
        if p.ndim >= 2:
            s["r"] = beta * s.get("r", 0) + (1 - beta) * sq.mean(-1)
            s["c"] = beta * s.get("c", 0) + (1 - beta) * sq.mean(-2)
            r = s["r"] / s["r"].mean(-1, keepdims=True)
            v = r[..., :, None] * s["c"][..., None, :]
        else:
            v = s["v"] = beta * s.get("v", 0) + (1 - beta) * sq
        u = g / np.sqrt(v)
        u = u / max(1.0, rms(u) / clip)
        update = alpha * u
        if beta1 is not None:
            update = s["m"] = beta1 * s.get("m", 0) + (1 - beta1) * update
        return p - alpha * decay * p - update
    return rule


def newton_schulz(g, steps=5):
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.T if g.shape[0] > g.shape[1] else g
    x = x / (np.linalg.norm(x) + 1e-7)
    for _ in range(steps):
        s = x @ x.T
        x = a * x + (b * s + c * s @ s) @ x
    return x.T if g.shape[0] > g.shape[1] else x


def adamw_step(p, g, s, t, lr, b1, b2, eps, decay):
    s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
    s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
    m, v = s["m"] / (1 - b1 ** t), s["v"] / (1 - b2 ** t)
    return p * (1 - lr * decay) - lr * m / (np.sqrt(v) + eps)


def muon(lr, decay, scale, nesterov=True, factor=1.0):
    def rule(p, g, s, t):
        if p.ndim != 2:
            return adamw_step(p, g, s, t, lr * factor, 0.9, 0.999, 1e-8, decay if p.ndim > 1 else 0)
        s["b"] = 0.95 * s.get("b", 0) + g
        u = g + 0.95 * s["b"] if nesterov else s["b"]
        m, n = p.shape
        size = 0.2 * math.sqrt(max(m, n)) if scale == "adamw" else math.sqrt(max(1, m / n))
        return p * (1 - lr * decay) - lr * size * newton_schulz(u)
    return rule


def encode(x, block, signed):
    """Blocks of absmax-scaled values, linear in the signed fourth root: 255 levels from -1 to 1, or 256 from 0 to 1."""
    flat = x.reshape(-1)
    padded = np.concatenate([flat, np.zeros(-len(flat) % block)]).reshape(-1, block)
    scale = np.abs(padded).max(1, keepdims=True)
    y = padded / np.where(scale == 0, 1, scale)
    root = np.sign(y) * np.abs(y) ** 0.25
    code = np.floor(root * 127 + 128.5) if signed else np.floor(root * 255 + 0.5)
    return code.astype(np.uint8), scale


def decode(code, scale, shape, signed):
    y = (code.astype(np.float64) - 128) / 127 if signed else code.astype(np.float64) / 255
    value = np.sign(y) * y ** 4 * scale
    return value.reshape(-1)[: int(np.prod(shape))].reshape(shape)


def adamw8bit(lr, b1, b2, eps, decay, block):
    """AdamW whose m and sqrt(v) live as 8-bit codes between steps."""
    def rule(p, g, s, t):
        m = decode(*s["m"], p.shape, True) if "m" in s else np.zeros_like(p)
        root = decode(*s["r"], p.shape, False) if "r" in s else np.zeros_like(p)
        m, v = b1 * m + (1 - b1) * g, b2 * root * root + (1 - b2) * g * g
        s["m"], s["r"] = encode(m, block, True), encode(np.sqrt(v), block, False)
        update = (m / (1 - b1 ** t)) / (np.sqrt(v / (1 - b2 ** t)) + eps)
        return p * (1 - lr * (decay if p.ndim > 1 else 0)) - lr * update
    return rule


def optimizers():
    big = {"a": (9, 20), "b": (70,)}
    return {
        "adam": case(by_torch(lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.95))),
                     {"lr": 0.02, "beta1": 0.8, "beta2": 0.95, "weightDecay": 0}),
        "adam_decay": case(by_torch(lambda p: torch.optim.Adam(p, lr=0.02, weight_decay=0.1)),
                           {"lr": 0.02, "beta1": 0.9, "beta2": 0.999, "weightDecay": 0.1}),
        "adamw": case(by_torch(lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.1)),
                      {"lr": 0.02, "beta1": 0.9, "beta2": 0.999, "weightDecay": 0.1}),
        "rmsprop": case(by_torch(lambda p: torch.optim.RMSprop(p, lr=0.02, alpha=0.9)), {"lr": 0.02, "alpha": 0.9}),
        "rmsprop_centered": case(by_torch(lambda p: torch.optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-3, momentum=0.8,
                                                                        centered=True, weight_decay=0.1)),
                                 {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "momentum": 0.8, "centered": True,
                                  "weightDecay": 0.1}, {"a": (3, 4), "b": (5,)}),
        "adagrad_decay": case(by_torch(lambda p: torch.optim.Adagrad(p, lr=0.1, weight_decay=0.1)),
                              {"lr": 0.1, "weightDecay": 0.1}, {"a": (3, 4), "b": (5,)}),
        "adafactor_first": case(by_hand(adafactor(lr=0.05, decay=0.1, beta1=0.9)),
                                {"lr": 0.05, "weightDecay": 0.1, "beta1": 0.9}, {"a": (3, 4), "b": (5,)}),
        "adagrad": case(by_torch(lambda p: torch.optim.Adagrad(p, lr=0.1, lr_decay=0.2)),
                        {"lr": 0.1, "rateDecay": 0.2}),
        "sgd_nesterov": case(by_torch(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05,
                                                                nesterov=True)),
                             {"lr": 0.1, "momentum": 0.9, "weightDecay": 0.05, "nesterov": True}),
        "sgd_dampening": case(by_torch(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.3)),
                              {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
        "sgd_decay": case(by_torch(lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.05)),
                          {"lr": 0.1, "weightDecay": 0.05}),
        "lion": case(by_hand(lion(0.01, 0.9, 0.99, 0.1)), {"lr": 0.01, "beta1": 0.9, "beta2": 0.99,
                                                           "weightDecay": 0.1}),
        "adafactor": case(by_hand(adafactor()), {}),
        "adafactor_rate": case(by_hand(adafactor(lr=0.05, scale_parameter=False, decay=0.1)),
                               {"lr": 0.05, "scaleParameter": False, "weightDecay": 0.1}),
        "adafactor_scaled": case(by_hand(adafactor(lr=0.05, decay=0.1, clip=0.5)),
                                 {"lr": 0.05, "clipThreshold": 0.5, "weightDecay": 0.1}),
        "muon": case(by_hand(muon(0.01, 0.1, "adamw")), {"lr": 0.01, "weightDecay": 0.1}),
        "muon_spectral": case(by_hand(muon(0.02, 0.0, "spectral", nesterov=False, factor=0.1)),
                              {"lr": 0.02, "weightDecay": 0, "scale": "spectral", "nesterov": False,
                               "adamw": {"learningRateFactor": 0.1}}),
        "adamw8bit": case(by_hand(adamw8bit(0.02, 0.9, 0.99, 1e-8, 0.1, 64)),
                          {"lr": 0.02, "beta1": 0.9, "beta2": 0.99, "weightDecay": 0.1, "block": 64}, big),
    }


def rates(make, steps, lr=0.5):
    """The rate that each step 1 … steps of a torch scheduler uses."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler, out = make(optimizer), []
    for _ in range(steps):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return [float("%.12g" % r) for r in out]


def schedules():
    """torch counts from 0: `rates[k]` belongs to the scheduler's epoch k."""
    s = torch.optim.lr_scheduler
    return {
        "cosine": {"of": "CosineAnnealingLR(T_max=20, eta_min=0.05)",
                   "rates": rates(lambda o: s.CosineAnnealingLR(o, 20, 0.05), 21)},
        "cosine_restarts": {"of": "CosineAnnealingWarmRestarts(T_0=5)",
                            "rates": rates(lambda o: s.CosineAnnealingWarmRestarts(o, 5), 20)},
        "linear": {"of": "LinearLR(1, 0.1, total_iters=20)",
                   "rates": rates(lambda o: s.LinearLR(o, 1.0, 0.1, 20), 21)},
        "warmup": {"of": "LinearLR(1e-8, 1, total_iters=10)",
                   "rates": rates(lambda o: s.LinearLR(o, 1e-8, 1.0, 10), 11)},
        "polynomial": {"of": "PolynomialLR(total_iters=20, power=2)",
                       "rates": rates(lambda o: s.PolynomialLR(o, total_iters=20, power=2.0), 21)},
        "constant": {"of": "ConstantLR(factor=1)", "rates": rates(lambda o: s.ConstantLR(o, 1.0, 5), 8)},
        "one_cycle": {"of": "OneCycleLR(max_lr=0.5, total_steps=40, pct_start=0.3)",
                      "rates": rates(lambda o: s.OneCycleLR(o, 0.5, total_steps=40, pct_start=0.3), 39)},
        "one_cycle_short": {"of": "OneCycleLR(max_lr=0.5, total_steps=25, pct_start=0.2)",
                            "rates": rates(lambda o: s.OneCycleLR(o, 0.5, total_steps=25, pct_start=0.2), 24)},
        "inverse_sqrt": {"of": "LambdaLR of Vaswani et al. 2017, warmup 5",
                         "rates": rates(lambda o: s.LambdaLR(
                             o, lambda k: min((k + 1) / 5, math.sqrt(5 / (k + 1)))), 30)},
        "wsd": {"of": "LambdaLR: 4 up, 20 level, 6 down as 1 - sqrt",
                "rates": rates(lambda o: s.LambdaLR(o, lambda k: min(
                    1, (k + 1) / 4, 1 - math.sqrt(max(0, (k + 1 - 24) / 6)))), 30)},
        "wsd_linear": {"of": "LambdaLR: 4 up, 20 level, 6 down linearly to 0.1",
                       "rates": rates(lambda o: s.LambdaLR(o, lambda k: min(
                           1, (k + 1) / 4, 1 - 0.9 * max(0, (k + 1 - 24) / 6))), 30)},
    }


def write(name, cases):
    meta = {"made_by": "tests/golden/make_optimizers.py", "torch": torch.__version__, "seed": SEED}
    path = os.path.join(HERE, name)
    lines = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in {"_meta": meta, **cases}.items()]
    with open(path + ".tmp", "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    os.replace(path + ".tmp", path)
    print(f"{name}: {len(cases)} cases, {os.path.getsize(path) // 1024} KB")


if __name__ == "__main__":
    write("optimizers.json", optimizers())
    write("schedules.json", schedules())
