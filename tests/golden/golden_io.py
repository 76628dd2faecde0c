"""Seeded values and the golden files' format, for the scripts beside this one."""

import json
import os

import torch

SEED = 20251125
HERE = os.path.dirname(os.path.abspath(__file__))
generator = torch.Generator().manual_seed(SEED)


def rand(*shape, scale=1.0, shift=0.0):
    """Normal values of three decimals, taken as float32, so that a float32 engine starts from the same numbers."""
    x = torch.randn(*shape, generator=generator, dtype=torch.float64) * scale + shift
    return torch.round(x * 1000).div(1000).float().double()


def integers(high, *shape):
    return torch.randint(0, high, shape, generator=generator)


def pack(tensor):
    """Nine significant digits."""
    flat = tensor.detach().reshape(-1).tolist()
    data = [v if isinstance(v, int) else float("%.9g" % v) for v in flat]
    return {"shape": list(tensor.shape), "data": [int(v) if v == int(v) else v for v in data]}


def pack_input(tensor):
    return {"shape": list(tensor.shape), "data": [round(v, 3) for v in tensor.detach().reshape(-1).tolist()]}


def write(made_by, name, cases):
    meta = {"made_by": f"tests/golden/{made_by}", "torch": torch.__version__, "seed": SEED,
            "computed_in": "float64 from float32 inputs", "digits": 9}
    path = os.path.join(HERE, name)
    lines = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in {"_meta": meta, **cases}.items()]
    with open(path + ".tmp", "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    os.replace(path + ".tmp", path)
    print(f"{name}: {len(cases)} cases, {os.path.getsize(path) // 1024} KB")
