"""PyTorch as a resident peer of the tensor problems (benches/tensor-problems.ts).

    python3 torch_tensors.py '{"threads": 2, "problems": {"mlp": …, "block": …}}'

A request names a problem; {"want": "values"} asks for the numbers that every peer must get alike, {"want": "first"} for the
cost of the first step, and without it a step is repeated for a window of time. The mean cost of one step is answered.
"""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F

from peak_memory import peak_rss_mb
from shared_weights import hash_integers, hash_uniform

COMPARED_STEPS = 10


def drawn(what, trainable=False):
    return torch.from_numpy(hash_uniform(what["name"], what["shape"], what["std"])).requires_grad_(trainable)


class Gemm:
    def __init__(self, r, _):
        m, k, n, layout = r["m"], r["k"], r["n"], r["layout"]
        a = drawn({"name": "gemm.a", "shape": (k, m) if layout == "TN" else (m, k), "std": 1})
        b = drawn({"name": "gemm.b", "shape": (n, k) if layout == "NT" else (k, n), "std": 1})
        self.a, self.b = a.t() if layout == "TN" else a, b.t() if layout == "NT" else b

    def step(self):
        return self.a @ self.b

    def values(self):
        flat = self.step().reshape(-1)
        return [flat[i * (flat.numel() - 1) // 7].item() for i in range(8)]


class Mlp:
    def __init__(self, _, c):
        self.x, self.rate = drawn(c["x"]), c["rate"]
        self.y = torch.from_numpy(hash_integers("mlp.y", (c["x"]["shape"][0],), c["classes"]))
        self.p = [drawn(p, True) for p in c["parameters"]]
        self.optimizer = torch.optim.SGD(self.p, lr=self.rate)

    def step(self):
        w1, b1, w2, b2 = self.p
        self.optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(torch.addmm(b2, torch.addmm(b1, self.x, w1).relu(), w2), self.y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def values(self):
        losses = [self.step() for _ in range(COMPARED_STEPS)]
        return [losses[0], losses[-1]] + [p.detach().norm().item() for p in self.p]


class Block:
    def __init__(self, _, c):
        self.c, self.x, self.target = c, drawn(c["x"]), drawn(c["target"])
        self.p = [drawn(p, True) for p in c["parameters"]]
        self.mask = torch.full((1, c["length"], c["length"]), float("-inf")).triu(1)

    def loss(self):
        b, t, h = self.c["batch"], self.c["length"], self.c["heads"]
        gain1, bias1, qkv_w, qkv_b, proj_w, proj_b, gain2, bias2, up_w, up_b, down_w, down_b = self.p
        d = gain1.shape[0]
        x = self.x.view(b * t, d)
        qkv = torch.addmm(qkv_b, F.layer_norm(x, (d,), gain1, bias1, self.c["eps"]), qkv_w).view(b, t, 3, h, d // h)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).reshape(3, b * h, t, d // h).unbind(0)
        scores = torch.baddbmm(self.mask, q, k.transpose(1, 2), alpha=1 / math.sqrt(d // h))
        y = torch.bmm(scores.softmax(-1), v).view(b, h, t, d // h).transpose(1, 2).reshape(b * t, d)
        x = x + torch.addmm(proj_b, y, proj_w)
        y = F.gelu(torch.addmm(up_b, F.layer_norm(x, (d,), gain2, bias2, self.c["eps"]), up_w))
        x = x + torch.addmm(down_b, y, down_w)
        return F.mse_loss(x, self.target.view(b * t, d))

    def step(self):
        for p in self.p:
            p.grad = None
        loss = self.loss()
        loss.backward()
        return loss.item()

    def values(self):
        return [self.step()] + [p.grad.norm().item() for p in self.p]


class Add4:
    def __init__(self, *_):
        self.a, self.b = torch.tensor([1.0, 2, 3, 4]), torch.tensor([10.0, 20, 30, 40])

    def step(self):
        return (self.a + self.b).tolist()

    values = step


PROBLEMS = {"gemm": Gemm, "mlp": Mlp, "block": Block, "add4": Add4}


def cost_of(step, window_ms):
    """The mean cost of one step over at least the window; over one step where the window is 0."""
    steps, wall, cpu = 0, time.perf_counter(), time.process_time()
    while steps == 0 or (time.perf_counter() - wall) * 1e3 < window_ms:
        step()
        steps += 1
    return {"wallMs": (time.perf_counter() - wall) * 1e3 / steps, "cpuMs": (time.process_time() - cpu) * 1e3 / steps}


class Server:
    def __init__(self, problems):
        self.problems, self.key, self.kept = problems, None, None

    def prepare(self, request):
        return PROBLEMS[request["problem"]](request, self.problems.get(request["problem"]))

    def answer(self, request):
        want, window = request.pop("want", None), request.pop("windowMs", 200)
        request.pop("run", None)
        if want == "values":
            return {"values": self.prepare(request).values()}
        if want == "first":
            return cost_of(self.prepare(request).step, 0)
        key = json.dumps(request, sort_keys=True)
        if key != self.key:
            self.kept = None
            self.key, self.kept = key, self.prepare(request)
        return cost_of(self.kept.step, window)


def serve(options):
    torch.set_num_threads(options["threads"])
    server = Server(options["problems"])
    print(json.dumps({"ready": True, "versions": {"torch": torch.__version__}}), flush=True)
    for line in sys.stdin:
        print(json.dumps({**server.answer(json.loads(line)), "rssMb": peak_rss_mb()}), flush=True)


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
