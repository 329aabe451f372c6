"""Writes what others encode weights to: the fixture of the weight encoders' test.

    quantized.py LIBGGML_BASE OUT

F16, BF16, Q8_0, Q5_0 and Q4_0 come from gguf.quants.quantize (PyPI gguf) and must be what
ggml_quantize_chunk of LIBGGML_BASE (libggml-base.so of llama-cpp-python) gives; Q4_K and Q6_K come
from the latter alone. OUT is a gzip stream of big-endian records, as java.io.DataInputStream reads
them: int number of floats, the floats; int number of types; of each: UTF name, int bytes, the bytes.
"""

import ctypes
import gzip
import io
import struct
import sys

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

RANDOM = np.random.default_rng(20261125)
BLOCK = 256
PACKAGE = ["F16", "BF16", "Q8_0", "Q5_0", "Q4_0"]
LIBRARY = ["Q4_K", "Q6_K"]


def rows():
    """Blocks of 256 floats, ordinary and of every kind that could take a branch of its own."""
    normal = RANDOM.normal(size=(40, BLOCK)) * 10.0 ** RANDOM.integers(-4, 3, (40, 1))
    heavy = RANDOM.standard_t(2, size=(24, BLOCK)) * 0.02
    positive = np.abs(RANDOM.normal(size=(8, BLOCK))) + 1
    unlike = RANDOM.normal(size=(8, BLOCK)) * np.repeat(10.0 ** RANDOM.integers(-7, 4, (8, 16)), 16, 1)
    sparse = np.where(RANDOM.random((8, BLOCK)) < 0.02, RANDOM.normal(size=(8, BLOCK)), 0)
    grid = RANDOM.integers(-8, 8, (8, BLOCK)) * 0.125
    halves = (RANDOM.integers(-127, 127, (4, BLOCK)) + 0.5) / 127 * 1.5
    fills = np.array([[0.0], [-0.0], [1.0], [-1.0], [1e-8], [-3e-20], [60000.0], [1e-40]])
    fills = np.repeat(fills, BLOCK, 1)
    tied = np.tile([[1.0, -1.0], [-1.0, 1.0]], BLOCK // 2)
    tiny = RANDOM.normal(size=(4, BLOCK)) * np.array([[1e-6], [1e-12], [1e-18], [1e-38]])
    spike = np.zeros((4, BLOCK))
    spike[np.arange(4), [0, 31, 128, 255]] = [5, -5, 1e-3, -1e3]
    # Weights of trained networks that were stored in BF16.
    bf16 = (RANDOM.normal(size=(16, BLOCK)) * 0.02).astype(np.float32)
    bf16 = (bf16.view(np.uint32) & 0xFFFF0000).view(np.float32)
    return np.concatenate([normal, heavy, positive, unlike, sparse, grid, halves, fills, tied, tiny,
                           spike, bf16]).astype(np.float32)


def by_library(library, floats, type_):
    block, size = GGML_QUANT_SIZES[type_]
    out = np.zeros(floats.size // block * size, dtype=np.uint8)
    library.ggml_quantize_chunk(
        ctypes.c_int(type_.value), floats.ctypes.data_as(ctypes.c_void_p),
        out.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(0), ctypes.c_int64(len(floats)),
        ctypes.c_int64(floats.shape[1]), None)
    return out.tobytes()


def main(library_path, path):
    library = ctypes.CDLL(library_path)
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    floats = np.ascontiguousarray(rows())
    out = io.BytesIO()
    out.write(struct.pack(">i", floats.size) + floats.astype(">f4").tobytes())
    out.write(struct.pack(">i", len(PACKAGE) + len(LIBRARY)))
    for name in PACKAGE + LIBRARY:
        type_ = GGMLQuantizationType[name]
        encoded = by_library(library, floats, type_)
        if name in PACKAGE:
            with np.errstate(all="ignore"):
                package = quants.quantize(floats, type_).tobytes()
            same = np.frombuffer(package, np.uint8) == np.frombuffer(encoded, np.uint8)
            print(f"{name}: {np.count_nonzero(~same)} of {same.size} bytes differ between both")
            encoded = package
        out.write(struct.pack(">H", len(name)) + name.encode() + struct.pack(">i", len(encoded)))
        out.write(encoded)
    with open(path, "wb") as file:
        # No name and no time: the same bytes at every run.
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            packed.write(out.getvalue())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
