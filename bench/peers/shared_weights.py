"""The numbers of bench/weights/hash.ts, in numpy: every peer starts from equal weights and sees equal tokens."""

import numpy as np


CHUNK = 1 << 18  # temporaries stay small: the peak memory of a peer is measured


def _seed(name):
    seed = 0x811C9DC5
    for byte in name.encode("ascii"):
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    return np.uint32(seed)


def _mix(start, stop, seed):
    with np.errstate(over="ignore"):
        x = np.arange(start, stop, dtype=np.uint32) * np.uint32(0x9E3779B1) + seed
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        return x ^ (x >> np.uint32(16))


def hash_uniform(name, shape, std):
    """Uniform with mean 0 and standard deviation std, float32."""
    out, seed, width = np.empty(int(np.prod(shape)), dtype=np.float32), _seed(name), 2 * std * np.sqrt(3.0)
    for at in range(0, out.size, CHUNK):
        bits = _mix(at, min(at + CHUNK, out.size), seed)
        out[at : at + CHUNK] = ((bits >> np.uint32(8)) / float(0x1000000) - 0.5) * width
    return out.reshape(shape)


def hash_integers(name, shape, high):
    return (_mix(0, int(np.prod(shape)), _seed(name)) % np.uint32(high)).astype(np.int64).reshape(shape)
