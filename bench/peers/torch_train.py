"""PyTorch as a resident peer: training steps of a GPT-2 style model (full) or a Llama style one (LoRA on q and v, or full).

    python3 torch_train.py '<TrainCase as JSON>'

Answers {"run": k} with {"wallMs", "cpuMs", "rssMb", "losses"}: k steps of forward, backward and AdamW on one fixed batch.
Written for speed within PyTorch 1.13: addmm and baddbmm with the mask and the scale folded in, fused layer norm, tanh
GELU and cross entropy, hand-written backward passes where 1.13 has no fused op (RMS norm, rotary embedding, SwiGLU),
activations as [B*T, d]. The thread environment is chosen by the caller (benches/train-tune.ts).
"""

import json
import math
import os
import sys
import time

import torch
import torch.nn.functional as F

from peak_memory import peak_rss_mb
from shared_weights import hash_integers, hash_uniform

STD = 0.02


class RmsNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        inverse = torch.rsqrt(x.pow(2).mean(-1, keepdim=True).add_(eps))
        normed = x * inverse
        ctx.save_for_backward(normed, inverse, weight)
        return normed * weight

    @staticmethod
    def backward(ctx, dy):
        normed, inverse, weight = ctx.saved_tensors
        dn = dy * weight
        dot = (dn * normed).mean(-1, keepdim=True)
        dx = torch.addcmul(dn, normed, dot, value=-1).mul_(inverse)
        dw = (dy * normed).sum(0) if ctx.needs_input_grad[1] else None
        return dx, dw, None


def _rotate(x, cos, sin):
    """x [B, T, H, hd], cos and sin [T, 1, hd/2]."""
    a, b = x.chunk(2, -1)
    out = torch.empty_like(x)
    first, second = out.chunk(2, -1)
    torch.mul(a, cos, out=first).addcmul_(b, sin, value=-1)
    torch.mul(b, cos, out=second).addcmul_(a, sin)
    return out


class Rope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, cos, sin):
        ctx.save_for_backward(cos, sin)
        return _rotate(x, cos, sin)

    @staticmethod
    def backward(ctx, dy):
        cos, sin = ctx.saved_tensors
        return _rotate(dy.contiguous(), cos, -sin), None, None


class SwiGlu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, gate, up):
        ctx.save_for_backward(gate, up)
        return F.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx, dy):
        gate, up = ctx.saved_tensors
        active = F.silu(gate)
        return torch.ops.aten.silu_backward(dy * up, gate), active.mul_(dy)


def parameter(name, shape, std=STD, trainable=True):
    return torch.from_numpy(hash_uniform(name, shape, std)).requires_grad_(trainable)


def attend(q, k, v, mask):
    """q, k, v [B*H, T, hd]; mask [1, T, T] of 0 and -inf."""
    scores = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=1 / math.sqrt(q.shape[-1]))
    return torch.bmm(scores.softmax(-1), v)


class Gpt2:
    """Names and layouts of Hugging Face's GPT-2; all parameters trained."""

    def __init__(self, c):
        self.c, d, w = c, c["d"], {}
        w["transformer.wte.weight"] = parameter("transformer.wte.weight", (c["vocab"], d))
        w["transformer.wpe.weight"] = parameter("transformer.wpe.weight", (c["length"], d))
        for i in range(c["layers"]):
            p = f"transformer.h.{i}."
            for n, rows, cols in (("attn.c_attn", d, 3 * d), ("attn.c_proj", d, d), ("mlp.c_fc", d, 4 * d),
                                  ("mlp.c_proj", 4 * d, d)):
                w[f"{p}{n}.weight"] = parameter(f"{p}{n}.weight", (rows, cols))
                w[f"{p}{n}.bias"] = torch.zeros(cols, requires_grad=True)
        for p in [f"transformer.h.{i}.ln_{k}" for i in range(c["layers"]) for k in (1, 2)] + ["transformer.ln_f"]:
            w[p + ".weight"] = torch.ones(d, requires_grad=True)
            w[p + ".bias"] = torch.zeros(d, requires_grad=True)
        self.w = w
        self.mask = torch.full((1, c["length"], c["length"]), float("-inf")).triu(1)

    def conv(self, x, name):
        return torch.addmm(self.w[name + ".bias"], x, self.w[name + ".weight"])

    def norm(self, x, name):
        return F.layer_norm(x, (self.c["d"],), self.w[name + ".weight"], self.w[name + ".bias"], 1e-5)

    def loss(self, ids, targets):
        b, t, d, h = self.c["batch"], self.c["length"], self.c["d"], self.c["heads"]
        x = F.embedding(ids, self.w["transformer.wte.weight"]) + self.w["transformer.wpe.weight"]
        x = x.reshape(b * t, d)
        for i in range(self.c["layers"]):
            p = f"transformer.h.{i}."
            qkv = self.conv(self.norm(x, p + "ln_1"), p + "attn.c_attn").view(b, t, 3, h, d // h)
            q, k, v = qkv.permute(2, 0, 3, 1, 4).reshape(3, b * h, t, d // h).unbind(0)
            y = attend(q, k, v, self.mask).view(b, h, t, d // h).transpose(1, 2).reshape(b * t, d)
            x = x + self.conv(y, p + "attn.c_proj")
            y = F.gelu(self.conv(self.norm(x, p + "ln_2"), p + "mlp.c_fc"), approximate="tanh")
            x = x + self.conv(y, p + "mlp.c_proj")
        logits = F.linear(self.norm(x, "transformer.ln_f"), self.w["transformer.wte.weight"])
        return F.cross_entropy(logits, targets.reshape(-1))


class Llama:
    """Names and layouts of Hugging Face's Llama and of PEFT; the LoRA factors are trained, or without them every matrix."""

    def __init__(self, c):
        self.c, d, ff, w, full = c, c["d"], c["ff"], {}, c["rank"] == 0
        for n in ("model.embed_tokens.weight", "lm_head.weight"):
            w[n] = parameter(n, (c["vocab"], d), trainable=full)
        for i in range(c["layers"]):
            p = f"model.layers.{i}."
            for n, rows, cols in (("self_attn.q_proj", d, d), ("self_attn.k_proj", d, d), ("self_attn.v_proj", d, d),
                                  ("self_attn.o_proj", d, d), ("mlp.gate_proj", ff, d), ("mlp.up_proj", ff, d),
                                  ("mlp.down_proj", d, ff)):
                w[f"{p}{n}.weight"] = parameter(f"{p}{n}.weight", (rows, cols), trainable=full)
            for n in ("self_attn.q_proj", "self_attn.v_proj") if not full else ():
                w[f"{p}{n}.lora_A.weight"] = parameter(f"{p}{n}.lora_A.weight", (c["rank"], d))
                w[f"{p}{n}.lora_B.weight"] = parameter(f"{p}{n}.lora_B.weight", (d, c["rank"]))
        self.w, self.one = w, torch.ones(d)
        hd, t = d // c["heads"], c["length"]
        angle = torch.outer(torch.arange(t, dtype=torch.float64),
                            10000.0 ** (-torch.arange(0, hd, 2, dtype=torch.float64) / hd))
        self.cos, self.sin = angle.cos().float().unsqueeze(1), angle.sin().float().unsqueeze(1)
        self.mask = torch.full((1, t, t), float("-inf")).triu(1)

    def project(self, x, name):
        y = F.linear(x, self.w[name + ".weight"])
        a = self.w.get(name + ".lora_A.weight")
        if a is None:
            return y
        return torch.addmm(y, F.linear(x, a), self.w[name + ".lora_B.weight"].t(), alpha=self.c["alpha"] / self.c["rank"])

    def loss(self, ids, targets):
        b, t, d, h = self.c["batch"], self.c["length"], self.c["d"], self.c["heads"]

        def heads(x):
            return x.transpose(1, 2).reshape(b * h, t, d // h)

        x = F.embedding(ids, self.w["model.embed_tokens.weight"]).view(b * t, d)
        for i in range(self.c["layers"]):
            p = f"model.layers.{i}."
            y = RmsNorm.apply(x, self.one, 1e-5)
            q = self.project(y, p + "self_attn.q_proj").view(b, t, h, d // h)
            k = self.project(y, p + "self_attn.k_proj").view(b, t, h, d // h)
            v = self.project(y, p + "self_attn.v_proj").view(b, t, h, d // h)
            q, k = Rope.apply(q, self.cos, self.sin), Rope.apply(k, self.cos, self.sin)
            y = attend(heads(q), heads(k), heads(v), self.mask)
            y = y.view(b, h, t, d // h).transpose(1, 2).reshape(b * t, d)
            x = x + self.project(y, p + "self_attn.o_proj")
            y = RmsNorm.apply(x, self.one, 1e-5)
            y = SwiGlu.apply(self.project(y, p + "mlp.gate_proj"), self.project(y, p + "mlp.up_proj"))
            x = x + self.project(y, p + "mlp.down_proj")
        logits = F.linear(RmsNorm.apply(x, self.one, 1e-5), self.w["lm_head.weight"])
        return F.cross_entropy(logits, targets.reshape(-1))


def serve(case):
    torch.set_num_threads(case["threads"])
    model = {"gpt2": Gpt2, "llama": Llama}[case["model"]](case)
    trained = [p for p in model.w.values() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=case["lr"], betas=(0.9, 0.95), eps=1e-8,
                                  weight_decay=case["weightDecay"], foreach=case.get("foreach", False))
    tokens = torch.from_numpy(hash_integers("batch", (case["batch"], case["length"] + 1), case["vocab"]))
    ids, targets = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()
    names = ("OPENBLAS_CORETYPE", "OMP_WAIT_POLICY", "ATEN_CPU_CAPABILITY")
    env = " ".join(f"{n}={os.environ[n]}" for n in names if n in os.environ)
    print(json.dumps({"ready": True, "versions": {"torch": torch.__version__, "env": env}}), flush=True)
    for line in sys.stdin:
        losses, wall, cpu = [], time.perf_counter(), time.process_time()
        for _ in range(json.loads(line)["run"]):
            optimizer.zero_grad(set_to_none=True)
            loss = model.loss(ids, targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        answer = {"wallMs": (time.perf_counter() - wall) * 1e3, "cpuMs": (time.process_time() - cpu) * 1e3,
                  "rssMb": peak_rss_mb(), "losses": losses}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
