#!/usr/bin/env python3
"""Writes conv.json beside this script: convolutions, pooling and resizing, by PyTorch in float64.

    /usr/bin/python3 tests/golden/make_conv.py          (Debian package python3-torch)

Layout and rounding are those of make_golden.py. A case's attrs name gradlab's function and its options.
"""

import torch.nn.functional as F

from make_golden import case, rand, write


def conv(x, w, bias=True, **options):
    axes = len(x) - 2
    inputs = {"x": rand(*x), "w": rand(*w)}
    if bias:
        inputs["bias"] = rand(w[0])
    torch_conv = {1: F.conv1d, 2: F.conv2d}[axes]
    return case(lambda x, w, bias=None: torch_conv(x, w, bias, **options), inputs, list(inputs),
                {"f": f"conv{axes}d", **options})


def transposed(x, w, bias=True, output_padding=0, **options):
    axes = len(x) - 2
    inputs = {"x": rand(*x), "w": rand(*w)}
    if bias:
        inputs["bias"] = rand(w[1] * options.get("groups", 1))
    torch_conv = {1: F.conv_transpose1d, 2: F.conv_transpose2d}[axes]
    return case(lambda x, w, bias=None: torch_conv(x, w, bias, output_padding=output_padding, **options), inputs,
                list(inputs), {"f": f"convTranspose{axes}d", "outputPadding": output_padding, **options})


def pool(kind, x, window, **options):
    axes = len(x) - 2
    name = {("max", 1): F.max_pool1d, ("max", 2): F.max_pool2d, ("average", 1): F.avg_pool1d,
            ("average", 2): F.avg_pool2d}[kind, axes]
    attrs = {"f": f"{kind}Pool{axes}d", "window": window, **options}
    if "count_include_pad" in attrs:
        attrs["countPadding"] = attrs.pop("count_include_pad")
    return case(lambda x: name(x, window, **options), {"x": rand(*x)}, ["x"], attrs)


def adaptive(x, sizes):
    torch_pool = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d}[len(sizes)]
    return case(lambda x: torch_pool(x, sizes), {"x": rand(*x)}, ["x"], {"f": "adaptiveAveragePool", "sizes": sizes})


def resized(x, sizes, mode="nearest", align=None):
    torch_mode = {"nearest": "nearest", "linear": "linear" if len(sizes) == 1 else "bilinear"}[mode]
    return case(lambda x: F.interpolate(x, sizes, mode=torch_mode, align_corners=align), {"x": rand(*x)}, ["x"],
                {"f": "interpolate", "sizes": sizes, "mode": mode, "alignCorners": bool(align)})


def conv_cases():
    cases = {
        "conv1d": conv((2, 3, 7), (4, 3, 3)),
        "conv1d_same": conv((1, 3, 6), (2, 3, 4), padding="same"),
        "conv1d_same_dilated": conv((1, 2, 7), (2, 2, 3), padding="same", dilation=2),
        "conv1d_stride_3": conv((2, 2, 11), (3, 2, 2), stride=3, padding=1),
        "conv1d_depthwise": conv((2, 4, 6), (4, 1, 3), padding=2, groups=4),
        "conv1d_one_element": conv((1, 2, 3), (3, 2, 1), bias=False),
        "conv2d_not_square": conv((2, 2, 5, 4), (3, 2, 3, 2), stride=[2, 1], padding=[1, 0], dilation=[1, 2]),
        "conv2d_patches": conv((1, 3, 8, 8), (4, 3, 4, 4), stride=4),
        "conv2d_depthwise_multiplier": conv((1, 3, 5, 5), (6, 1, 3, 3), padding=1, groups=3),
        "conv2d_many_channels": conv((1, 17, 4, 3), (3, 17, 3, 3), padding=1),
        "conv2d_wide_padding": conv((1, 1, 3, 3), (2, 1, 2, 2), padding=3),
        "conv2d_many_channels_wide_padding": conv((1, 16, 2, 3), (2, 16, 2, 2), padding=2, bias=False),
        "conv_transpose1d": transposed((2, 3, 4), (3, 2, 3)),
        "conv_transpose1d_stride": transposed((1, 2, 4), (2, 3, 4), stride=3, padding=1, output_padding=2),
        "conv_transpose2d_groups": transposed((1, 4, 3, 3), (4, 2, 2, 3), stride=2, padding=1, groups=2),
        "conv_transpose2d_dilated": transposed((1, 2, 3, 2), (2, 1, 3, 3), dilation=2, bias=False),
        "max_pool1d": pool("max", (2, 3, 7), 3, stride=2, padding=1),
        "max_pool2d": pool("max", (1, 2, 5, 6), 2),
        "max_pool2d_overlapping": pool("max", (1, 2, 5, 5), [3, 2], stride=[1, 2], padding=[1, 0]),
        "average_pool1d": pool("average", (2, 3, 7), 3, stride=2, padding=1),
        "average_pool2d": pool("average", (1, 2, 5, 6), 2),
        "average_pool2d_padding": pool("average", (1, 2, 5, 5), [3, 2], stride=[1, 2], padding=[1, 1]),
        "average_pool2d_padding_not_counted": pool("average", (1, 2, 5, 4), 3, stride=2, padding=1,
                                                   count_include_pad=False),
        "adaptive_average_pool1d": adaptive((2, 2, 7), [3]),
        "adaptive_average_pool2d": adaptive((1, 2, 5, 7), [2, 7]),
        "interpolate_nearest_whole": resized((1, 2, 3, 2), [6, 6]),
        "interpolate_nearest": resized((1, 2, 3, 5), [4, 3]),
        "interpolate_linear": resized((2, 2, 4), [7], "linear", False),
        "interpolate_linear_corners": resized((2, 2, 4), [7], "linear", True),
        "interpolate_bilinear": resized((1, 2, 3, 4), [5, 7], "linear", False),
        "interpolate_bilinear_smaller": resized((1, 1, 5, 4), [2, 3], "linear", False),
        "interpolate_bilinear_corners": resized((1, 2, 3, 4), [5, 7], "linear", True),
    }
    for stride in (1, 2):
        for padding in (0, 1):
            for dilation in (1, 2):
                for groups in (1, 2):
                    name = f"conv2d_s{stride}_p{padding}_d{dilation}_g{groups}"
                    cases[name] = conv((1, 4, 6, 5), (2, 4 // groups, 3, 2), stride=stride, padding=padding,
                                       dilation=dilation, groups=groups)
    return cases


if __name__ == "__main__":
    write("conv.json", conv_cases(), "tests/golden/make_conv.py")
