"""Writes model-pt/: a tiny Llama state dict with a tied head and its config.json, for tests/quantize.

Debian package: python3-torch (1.13). Run: /usr/bin/python3 tests/golden/make_model_pt.py
"""
import json
import pathlib

import torch

OUT = pathlib.Path(__file__).with_name("model-pt")
OUT.mkdir(exist_ok=True)
torch.manual_seed(11)
V, D, H, KV, F = 64, 16, 2, 1, 24
config = {
    "model_type": "llama",
    "vocab_size": V,
    "hidden_size": D,
    "intermediate_size": F,
    "num_hidden_layers": 1,
    "num_attention_heads": H,
    "num_key_value_heads": KV,
    "max_position_embeddings": 32,
    "hidden_act": "silu",
    "tie_word_embeddings": True,
}
normal = lambda *shape: torch.randn(*shape) * 0.3
layer = "model.layers.0."
table = normal(V, D)
state = {
    "model.embed_tokens.weight": table,
    layer + "self_attn.q_proj.weight": normal(D, D),
    layer + "self_attn.k_proj.weight": normal(D * KV // H, D),
    layer + "self_attn.v_proj.weight": normal(D * KV // H, D),
    layer + "self_attn.o_proj.weight": normal(D, D),
    layer + "mlp.gate_proj.weight": normal(F, D),
    layer + "mlp.up_proj.weight": normal(F, D),
    layer + "mlp.down_proj.weight": normal(D, F),
    layer + "input_layernorm.weight": torch.ones(D),
    layer + "post_attention_layernorm.weight": torch.ones(D),
    "model.norm.weight": torch.ones(D),
    "lm_head.weight": table,
}
torch.save(state, OUT / "original_model.pt")
(OUT / "config.json").write_text(json.dumps(config, indent=2) + "\n")
sums = {name: tensor.double().abs().sum().item() for name, tensor in state.items()}
(OUT / "expected.json").write_text(json.dumps(sums, indent=2) + "\n")
