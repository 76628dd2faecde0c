#!/usr/bin/env python3
"""Writes linalg.json beside this script: decompositions and solutions of matrices, by PyTorch (LAPACK) in float64.

    /usr/bin/python3 tests/golden/make_linalg.py          (Debian package python3-torch)

Layout and rounding are those of make_golden.py. attrs.f names gradlab's function and attrs.part its result. Vectors that
are known up to their sign get gradlab's: the largest element of each right or eigenvector positive, R's diagonal positive.
"""

import torch

from make_golden import case, rand, write

L = torch.linalg


def rounded(x):
    return torch.round(x * 1000).div(1000).float().double()


def spd(*shape):
    """Symmetric positive definite."""
    x = rand(*shape)
    return rounded(x @ x.transpose(-1, -2) + torch.eye(shape[-1]))


def symmetric(*shape):
    x = rand(*shape)
    return rounded(x + x.transpose(-1, -2))


def sign_of(columns):
    largest = columns.gather(-2, columns.abs().argmax(-2, keepdim=True))
    return largest.sign().detach()


def eigh(a, part):
    values, vectors = L.eigh((a + a.transpose(-1, -2)) / 2)
    return values if part == "values" else vectors * sign_of(vectors)


def svd(a, part):
    u, s, vt = L.svd(a, full_matrices=False)
    sign = sign_of(vt.transpose(-1, -2))
    return {"u": u * sign, "s": s, "vt": vt * sign.transpose(-1, -2)}[part]


def qr(a, part):
    q, r = L.qr(a)
    sign = torch.diagonal(r, dim1=-2, dim2=-1).sign().detach()
    return q * sign[..., None, :] if part == "q" else r * sign[..., :, None]


def one(name, compute, a, part=None, **attrs):
    return name, case(lambda a: compute(a, part) if part else compute(a), {"a": a}, ["a"],
                      {**({"part": part} if part else {}), **attrs})


def two(name, compute, a, b, **attrs):
    return name, case(lambda a, b: compute(a, b), {"a": a, "b": b}, ["a", "b"], attrs)


def main():
    tall, wide, square = rand(5, 3), rand(3, 5), rand(4, 4)
    triangle = rand(3, 3).tril(-1) + torch.diag(torch.tensor([1.5, -2.0, 0.75], dtype=torch.float64))
    deficient = torch.round(rand(4, 2) * 10) @ torch.round(rand(2, 3) * 10)
    cases = dict([
        one("cholesky", L.cholesky, spd(4, 4), f="cholesky"),
        one("cholesky_stack", L.cholesky, spd(2, 3, 3), f="cholesky"),
        one("inverse", L.inv, square, f="inverse"),
        one("det", L.det, square[None], f="det"),
        one("det_stack", L.det, rand(2, 3, 3), f="det"),
        one("slogdet", lambda a: L.slogdet(a)[1], rand(3, 2, 2), f="slogdet"),
        one("eigh_values", eigh, symmetric(4, 4), "values", f="eigh"),
        one("eigh_vectors", eigh, symmetric(4, 4), "vectors", f="eigh"),
        one("eigh_vectors_stack", eigh, symmetric(2, 3, 3), "vectors", f="eigh"),
        *(one(f"svd_{part}_{name}", svd, a, part, f="svd")
          for part in ("u", "s", "vt") for name, a in (("tall", tall), ("wide", wide), ("square", square))),
        *(one(f"qr_{part}_{name}", qr, a, part, f="qr")
          for part in ("q", "r") for name, a in (("tall", tall), ("square", square), ("stack", rand(2, 3, 2)))),
        one("pinv_tall", L.pinv, tall, f="pinv"),
        one("pinv_wide", L.pinv, wide, f="pinv"),
        one("pinv_deficient", lambda a: L.pinv(a, rcond=1e-10), deficient, f="pinv", tolerance=1e-10),
        two("solve", L.solve, square, rand(4, 2), f="solve"),
        two("solve_stack", L.solve, rand(2, 3, 3), rand(2, 3, 1), f="solve"),
        two("lstsq_tall", lambda a, b: L.pinv(a) @ b, tall, rand(5, 2), f="lstsq"),
        two("lstsq_wide", lambda a, b: L.pinv(a) @ b, wide, rand(3, 2), f="lstsq"),
        *(two(f"triangular_{lower}_{turned}".lower(),
              lambda a, b, lower=lower, turned=turned: L.solve_triangular(
                  a.transpose(-1, -2) if turned else a, b, upper=lower == turned),
              triangle if lower else triangle.T.contiguous(), rand(3, 2), f="triangularSolve", lower=lower,
              transposed=turned)
          for lower in (True, False) for turned in (True, False)),
    ])
    write("linalg.json", cases, "tests/golden/make_linalg.py")


if __name__ == "__main__":
    main()
