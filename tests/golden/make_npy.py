"""Files that NumPy writes, and what they hold (npy/values.json). Run: python3 make_npy.py; checks gradlab's own: python3 make_npy.py check FOLDER."""
import json, os, sys
import numpy as np

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "npy")

base = np.arange(24).reshape(2, 3, 4)
ARRAYS = {
    "float32": (base / 7).astype("<f4"),
    "float64": (base / 7).astype("<f8"),
    "float16": np.array([0.1, -2, np.inf, -np.inf, np.nan, 65504], "<f2"),
    "int8": np.array([[-128, 127], [0, 1]], "i1"),
    "uint8": np.array([0, 255], "u1"),
    "int16": np.array([-32768, 32767], "<i2"),
    "uint16": np.array([0, 65535], "<u2"),
    "int32": np.array([-(2**31), 2**31 - 1], "<i4"),
    "int64": np.array([-(2**63), 2**53 + 1], "<i8"),
    "uint32": np.array([0, 2**32 - 1], "<u4"),
    "bool": np.array([[True, False, True]]),
    "fortran": np.asfortranarray((base / 7).astype("<f4")),
    "big-endian": (base - 5).astype(">i4"),
    "scalar": np.array(3.5, "<f4"),
    "empty": np.zeros((0, 3), "<f4"),
}


def plain(x):
    if x.dtype.kind in "iub":
        return [str(int(v)) for v in x.ravel()]
    return [str(float(v)) for v in x.ravel()]


def make():
    os.makedirs(HERE, exist_ok=True)
    at = lambda name: os.path.join(HERE, name)
    for name, x in ARRAYS.items():
        np.save(at(f"{name}.npy"), x)
    for version in (2, 3):
        with open(at(f"version-{version}.npy"), "wb") as f:
            np.lib.format.write_array(f, ARRAYS["float32"], version=(version, 0))
    np.save(at("refused-structured.npy"), np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f4")]))
    np.save(at("refused-objects.npy"), np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(at("refused-texts.npy"), np.array(["ab"]))
    np.save(at("refused-complex.npy"), np.array([1 + 2j]))
    np.save(at("refused-uint64.npy"), np.array([2**64 - 1], "<u8"))
    some = {name: ARRAYS[name] for name in ("float32", "fortran", "bool", "scalar")}
    np.savez(at("stored.npz"), **some)
    np.savez_compressed(at("deflated.npz"), zeros=np.zeros((1024, 512), "<f4"), **some)
    values = {n: {"shape": list(x.shape), "values": plain(x)} for n, x in ARRAYS.items()}
    with open(at("values.json"), "w") as f:
        json.dump(values, f, indent=1)
        f.write("\n")


def check(folder):
    """Every array that gradlab wrote is NumPy's own again, type by type and bit by bit."""
    for name in ("stored.npz", "deflated.npz"):
        with np.load(os.path.join(folder, name)) as archive:
            assert sorted(archive.files) == ["bool", "float16", "float32", "int64", "scalar"], archive.files
            for key in archive.files:
                got, want = archive[key], ARRAYS[key]
                assert got.dtype == want.dtype and got.shape == want.shape and got.tobytes() == want.tobytes(), key
    print("NumPy", np.__version__, "reads gradlab's archives")


check(sys.argv[2]) if len(sys.argv) > 2 else make()
