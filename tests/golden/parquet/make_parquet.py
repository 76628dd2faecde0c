"""Writes Parquet files by Apache Arrow's C++ library, another implementation, and what is in them.

    pip install pyarrow==25.0.1 && python make_parquet.py

expected.json holds the rows: {"n": "…"} is a 64-bit integer, {"t": ms} a time, {"b": "hex"} bytes, {"f": "nan"} a number that JSON lacks.
"""

import datetime as dt
import decimal
import json
import math
import os

import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
UTC = dt.timezone.utc
D = decimal.Decimal


def when(*args, **more):
    return dt.datetime(*args, tzinfo=UTC, **more)


COLUMNS = {
    "i8": (pa.int8(), [-128, 127, None, 0, 1]),
    "i32": (pa.int32(), [-(2**31), 2**31 - 1, None, 0, 7]),
    "i64": (pa.int64(), [-(2**63), 2**63 - 1, None, 0, 2**53 + 1]),
    "u32": (pa.uint32(), [0, 2**32 - 1, None, 1, 2]),
    "u64": (pa.uint64(), [0, 2**64 - 1, None, 1, 2]),
    "f16": (pa.float16(), [0.5, -2.0, None, 65504.0, 0.0]),
    "f32": (pa.float32(), [0.5, math.inf, None, -0.25, 1.5]),
    "f64": (pa.float64(), [0.1, -math.inf, None, math.nan, 1e300]),
    "yes": (pa.bool_(), [True, False, None, True, True]),
    "text": (pa.string(), ["a", "", None, "日本語 🙂", "a" * 300]),
    "large": (pa.large_string(), ["x", "y", None, "x", "x"]),
    "word": (pa.dictionary(pa.int32(), pa.string()), ["sea", "see", None, "sea", "sea"]),
    "bytes": (pa.binary(), [b"\x00\xff", b"", None, b"abc", b"z"]),
    "fixed": (pa.binary(3), [b"abc", b"\x00\x01\x02", None, b"xyz", b"zzz"]),
    "date": (pa.date32(), [dt.date(1969, 12, 31), dt.date(2024, 2, 29), None, dt.date(1, 1, 1), dt.date(2100, 1, 1)]),
    "ms": (pa.timestamp("ms", "UTC"), [when(1970, 1, 1), when(2024, 2, 29, 1, 2, 3, 4000), None, when(1900, 1, 1), when(1970, 1, 2)]),
    "us": (pa.timestamp("us", "UTC"), [when(1970, 1, 1), when(2024, 2, 29, 1, 2, 3, 4000), None, when(1900, 1, 1), when(1970, 1, 2)]),
    "ns": (pa.timestamp("ns", "UTC"), [when(1970, 1, 1), when(2024, 2, 29, 1, 2, 3, 4000), None, when(1900, 1, 1), when(1970, 1, 2)]),
    "dec": (pa.decimal128(9, 2), [D("0.03"), D("-1.10"), None, D("1234567.89"), D("0.00")]),
    "long": (pa.decimal128(38, 10), [D("0.0000000001"), D("-1234567890123456789012345678.0123456789"), None, D("1"), D("-0.5")]),
    "list": (pa.list_(pa.int32()), [[1, 2], [], None, [None], [3]]),
    "nested": (pa.list_(pa.list_(pa.string())), [[["a"], []], [], None, [None, ["b", None]], [["c"]]]),
    "item": (
        pa.struct([("x", pa.float64()), ("tags", pa.list_(pa.string())), ("at", pa.struct([("n", pa.int64())]))]),
        [
            {"x": 1.5, "tags": ["p"], "at": {"n": 1}},
            {"x": None, "tags": [], "at": None},
            None,
            {"x": 2.5, "tags": None, "at": {"n": None}},
            {"x": 0.0, "tags": [None], "at": {"n": 5}},
        ],
    ),
    "turns": (
        pa.list_(pa.struct([("role", pa.string()), ("price", pa.decimal128(5, 1))])),
        [[{"role": "user", "price": D("0.3")}], [], None, [None, {"role": None, "price": None}], [{"role": "a", "price": D("9.9")}]],
    ),
    "map": (pa.map_(pa.string(), pa.int64()), [[("a", 1), ("b", None)], [], None, [("c", 3)], []]),
}


def plain(value, kind):
    if value is None:
        return None
    if pa.types.is_map(kind):
        return {key: plain(item, kind.item_type) for key, item in value}
    if pa.types.is_list(kind):
        return [plain(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        return {field.name: plain(value[field.name], field.type) for field in kind}
    if pa.types.is_decimal(kind):
        return float(value) if kind.precision <= 15 else f"{value:.{kind.scale}f}"
    if kind in (pa.int64(), pa.uint64()):
        return {"n": str(value)}
    if isinstance(value, dt.datetime):
        return {"t": round((value - when(1970, 1, 1)) / dt.timedelta(milliseconds=1))}
    if isinstance(value, dt.date):
        return {"t": (value - dt.date(1970, 1, 1)).days * 86_400_000}
    if isinstance(value, bytes):
        return {"b": value.hex()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"f": str(value)}
    return value


schema = pa.schema([(name, kind) for name, (kind, _) in COLUMNS.items()])
table = pa.table({name: pa.array(values, kind) for name, (kind, values) in COLUMNS.items()}, schema=schema)
assert table.num_rows == 5



def write(name, rows=table, **more):
    pq.write_table(rows, os.path.join(HERE, name), row_group_size=2, **more)


write("types.parquet", compression="snappy")
v2 = dict(data_page_version="2.0", use_dictionary=False)
write("plain-v2.parquet", table.drop_columns("turns"), compression="zstd", **v2)
# Arrow counts too few nulls in the headers of such pages, by which the reader goes.
write("v2-list-of-objects.parquet", table.select(["i8", "turns"]), compression="none", **v2)
write("int96-legacy-lists.parquet", compression="gzip", use_deprecated_int96_timestamps=True, use_compliant_nested_type=False, version="1.0")
for name in ["none", "brotli", "lz4"]:
    pq.write_table(table.select(["i64", "text", "list"]), os.path.join(HERE, f"{name}.parquet"), compression=name)
pq.write_table(table.slice(0, 0), os.path.join(HERE, "empty.parquet"))

rows = [{name: plain(values[i], kind) for name, (kind, values) in COLUMNS.items()} for i in range(5)]
with open(os.path.join(HERE, "expected.json"), "w") as file:
    json.dump(rows, file, indent=1, ensure_ascii=False)
    file.write("\n")
