"""Writes pt/: small PyTorch files, honest and malicious, and pt/expected.json, for tests/artifacts.

Debian package: python3-torch (1.13). Run: /usr/bin/python3 tests/golden/make_pt.py
The malicious files try to create a file named pwned-by-pickle when they are unpickled; this script never loads them.
"""
import builtins
import collections
import io
import json
import os
import pathlib
import pickle
import zipfile

import torch

OUT = pathlib.Path(__file__).with_name("pt")
OUT.mkdir(exist_ok=True)
torch.manual_seed(7)
expected = {}


def describe(tensor):
    values = tensor.detach().to(torch.float64).reshape(-1).tolist()
    return {"dtype": str(tensor.dtype).replace("torch.", ""), "shape": list(tensor.shape), "values": values}


def flat(value, name=""):
    if isinstance(value, torch.Tensor):
        return {name or "tensor": describe(value)}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    found = {}
    for key, child in items:
        found.update(flat(child, f"{name}.{key}" if name else str(key)))
    return found


def save(name, value, **options):
    torch.save(value, OUT / name, **options)
    expected[name] = flat(value)


def archive(name, data, compression=zipfile.ZIP_STORED, entries=()):
    with zipfile.ZipFile(OUT / name, "w", compression) as file:
        file.writestr("archive/data.pkl", data)
        file.writestr("archive/version", "3\n")
        for entry, content in entries:
            file.writestr("archive/" + entry, content)


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


everything = collections.OrderedDict(
    float32=torch.randn(2, 3), float64=torch.randn(3).double(), float16=torch.randn(4).half(),
    bfloat16=torch.randn(4).bfloat16(), int64=torch.tensor([1, -2, 2**40]), int32=torch.tensor([1, -2, 2**30]).int(),
    int16=torch.tensor([1, -2, 32767, -32768]).short(), int8=torch.tensor([1, -128]).char(),
    uint8=torch.tensor([0, 255]).byte(), bool=torch.tensor([True, False, True]), scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 3))
save("dtypes.pt", everything)

base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
save("strided.pt", {
    "transposed": base.t(), "columns": base[:, 1:4], "every_other": base[::2, ::3], "offset": base[2],
    "expanded": torch.tensor([[1.0], [2.0]]).expand(2, 5), "permuted": torch.arange(24).reshape(2, 3, 4).permute(2, 0, 1),
    "half_transposed": base.half().t(), "tied_a": base, "tied_b": base, "one": base[1:2, 3:4]})

model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU(), torch.nn.Linear(2, 2, bias=False), torch.nn.BatchNorm1d(2))
optimizer = torch.optim.Adam(model.parameters())
model(torch.randn(4, 3)).sum().backward()
optimizer.step()
save("nested.pt", {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "lr": 0.125,
                   "name": "größe", "flag": True, "none": None, "big": 2**70, "negative": -5, "far": -70000,
                   "shape": torch.Size([2, 3]), "device": torch.device("cpu"), "dtype": torch.float16})
save("parameter.pt", {"weight": torch.nn.Parameter(torch.randn(2, 2))})
save("protocol4.pth", everything, pickle_protocol=4)
save("tensor.bin", torch.tensor([1.0, 2.0]))

with zipfile.ZipFile(OUT / "dtypes.pt") as source:
    with zipfile.ZipFile(OUT / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.namelist():
            target.writestr(entry, source.read(entry))
expected["deflated.pt"] = expected["dtypes.pt"]

# What must be refused.
COMMAND = "echo > pwned-by-pickle"
torch.save({"weight": torch.zeros(1), "x": Call(os.system, COMMAND)}, OUT / "evil-posix.pt")
torch.save(Call(eval, "open('pwned-by-pickle', 'w')"), OUT / "evil-eval.pt")
torch.save(Call(builtins.__import__, "os"), OUT / "evil-import.pt", pickle_protocol=4)
archive("evil-os.pt", b"\x80\x02cos\nsystem\nX" + len(COMMAND).to_bytes(4, "little") + COMMAND.encode() + b"\x85R.")
archive("evil-subprocess.pt", pickle.dumps(Call(__import__("subprocess").Popen, ["touch", "pwned-by-pickle"]), 4))
archive("evil-inst.pt", b"\x80\x02(X" + len(COMMAND).to_bytes(4, "little") + COMMAND.encode() + b"ios\nsystem\n.")
archive("evil-ext.pt", b"\x80\x02\x82\x01.")
archive("evil-newobj.pt", b"\x80\x02ccollections\nOrderedDict\n)\x81.")
archive("evil-call-storage.pt", b"\x80\x02ctorch\nFloatStorage\nK\x05\x85R.")
archive("evil-build.pt", b"\x80\x02ctorch\nFloatStorage\n}X\x01\x00\x00\x00aK\x01sb.")
archive("evil-persistent.pt", b"\x80\x02X\x01\x00\x00\x00aQ.")
torch.save(model, OUT / "evil-module.pt")
torch.save({"a": torch.zeros(2)}, OUT / "old-format.pt", _use_new_zipfile_serialization=False)
archive("bomb.pt", b"\x80\x02N.", zipfile.ZIP_DEFLATED, [("data/0", b"\0" * (8 << 20))])

# A self-referring list and a list of lists of lists … that spells 2^40 values.
archive("endless.pt", b"\x80\x02]q\x00h\x00a.")
archive("laughs.pt", b"\x80\x02]q\x00" + b"".join(
    b"]q" + bytes([i]) + b"(" + b"h" + bytes([i - 1]) + b"h" + bytes([i - 1]) + b"e" for i in range(1, 41)) + b".")
rebuild = b"ctorch._utils\n_rebuild_tensor_v2\n"
storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK%ctQ"
tensor = lambda length, offset, shape, stride: (
    b"\x80\x02" + rebuild + b"(" + storage.replace(b"%c", bytes([length])) + b"K" + bytes([offset]) + shape + b"\x85" +
    stride + b"\x85\x89N" + b"tR.")
archive("outside.pt", tensor(4, 2, b"K\x04", b"K\x01"), entries=[("data/0", b"\0" * 16)])
archive("wrong-size.pt", tensor(5, 0, b"K\x04", b"K\x01"), entries=[("data/0", b"\0" * 16)])
archive("no-data.pt", tensor(4, 0, b"K\x04", b"K\x01"))
archive("expanded-bomb.pt", tensor(4, 0, b"J\xff\xff\xff\x7f", b"K\x00"), entries=[("data/0", b"\0" * 16)])

(OUT / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
