"""Writes what others decode stored weights to: the fixture of the weight decoders' tests.

    python scripts/oracle/weights.py engine/src/test/resources/io/longhaul/engine/kernel/weights.bin.gz

Block types, F16, BF16: gguf.quants.dequantize (PyPI gguf). F8_E4M3 and its block scales: torch.
F64: numpy. The file is a gzip stream of big-endian records, as java.io.DataInputStream reads them:

    int number of types; of each: UTF name, int blocks, the blocks' bytes, blocks times the CRC-32
        of a block's floats, int of blocks given in full, their floats;
    int number of 16-bit types; of each: UTF name, for each run of 256 codes from 0 the CRC-32 of
        its floats;
    256 floats: the F8_E4M3 codes from 0;
    int number of scaled matrices; of each: int rows, int columns, the F8_E4M3 bytes, int number of
        scales, the scales, for each row the CRC-32 of its scaled floats.

CRCs are of little-endian floats, every NaN written as 0x7FC00000.
"""

import gzip
import io
import struct
import sys
import zlib

import numpy as np
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

RANDOM = np.random.default_rng(20261124)
RANDOM_BLOCKS = 40
IN_FULL = 3

# Byte offsets of the f16 fields in a block.
F16_FIELDS = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
    "IQ1_S": [0], "IQ1_M": [], "IQ2_XXS": [0], "IQ2_XS": [0], "IQ2_S": [0], "IQ3_XXS": [0],
    "IQ3_S": [0], "IQ4_NL": [0], "IQ4_XS": [0], "MXFP4": [], "F32": [], "F16": [], "BF16": [],
}
# Zeros, least and greatest subnormals, least normals, ones, greatest, infinities, NaNs.
F16_SPECIAL = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x83FF, 0x0400, 0x8400,
               0x3C00, 0xBC00, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00, 0xFE01]
E8M0_SPECIAL = [0, 1, 2, 3, 126, 127, 128, 252, 253, 254, 255]


def put_f16(name: str, block: np.ndarray, field: int, code: int) -> None:
    """Stores an f16 code in a scale field of a block of bytes."""
    if name == "IQ1_M":
        for word in range(4):
            high = 48 + 2 * word + 1
            block[high] = (block[high] & 0x0F) | (((code >> (4 * word)) & 0xF) << 4)
    else:
        block[field : field + 2] = [code & 0xFF, code >> 8]


def blocks_of(name: str) -> np.ndarray:
    """Random blocks with ordinary scales, random ones with special scales, and constant fills."""
    size = GGML_QUANT_SIZES[GGMLQuantizationType[name]][1]
    fields = [0] if name == "IQ1_M" else F16_FIELDS[name]
    ordinary = RANDOM.integers(0, 256, (RANDOM_BLOCKS, size), dtype=np.uint8)
    for block in ordinary:
        for field in fields:
            scale = np.float16(RANDOM.normal() * 10.0 ** RANDOM.integers(-5, 2))
            put_f16(name, block, field, int(scale.view(np.uint16)))
    special = RANDOM.integers(0, 256, (len(F16_SPECIAL) if fields else 0, size), dtype=np.uint8)
    for i, block in enumerate(special):
        for f, field in enumerate(fields):
            # The second field pairs each value with a different one.
            put_f16(name, block, field, F16_SPECIAL[(i + 5 * f) % len(F16_SPECIAL)])
    if name == "MXFP4":
        special = RANDOM.integers(0, 256, (len(E8M0_SPECIAL), size), dtype=np.uint8)
        special[:, 0] = E8M0_SPECIAL
    fills = np.repeat(np.array([[0x00], [0xFF], [0x7F], [0x80]], dtype=np.uint8), size, axis=1)
    return np.concatenate([ordinary, special, fills])


def canonical(floats: np.ndarray) -> np.ndarray:
    """Float bits, little-endian, with one NaN."""
    bits = np.ascontiguousarray(floats, dtype="<f4").view("<u4").copy()
    bits[np.isnan(floats)] = 0x7FC00000
    return bits


def crc(floats: np.ndarray) -> bytes:
    return struct.pack(">I", zlib.crc32(canonical(floats).tobytes()))


def utf(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode("ascii")


def write_blocks(out: io.BytesIO, name: str, blocks: np.ndarray, floats: np.ndarray) -> None:
    out.write(utf(name) + struct.pack(">i", len(blocks)) + blocks.tobytes())
    for row in floats:
        out.write(crc(row))
    out.write(struct.pack(">i", IN_FULL) + canonical(floats[:IN_FULL]).astype(">u4").tobytes())


def write_types(out: io.BytesIO) -> None:
    out.write(struct.pack(">i", len(F16_FIELDS) + 1))
    for name in F16_FIELDS:
        blocks = blocks_of(name)
        floats = quants.dequantize(blocks, GGMLQuantizationType[name])
        write_blocks(out, name, blocks, floats.reshape(len(blocks), -1))
    doubles = RANDOM.normal(size=(RANDOM_BLOCKS, 1)) * 10.0 ** RANDOM.integers(-46, 40, (RANDOM_BLOCKS, 1))
    write_blocks(out, "F64", doubles.astype("<f8").view(np.uint8), doubles.astype(np.float32))


def write_codes(out: io.BytesIO) -> None:
    codes = np.arange(65536, dtype="<u2").reshape(256, 256)
    out.write(struct.pack(">i", 2))
    for name in ("F16", "BF16"):
        out.write(utf(name))
        for floats in quants.dequantize(codes.view(np.uint8), GGMLQuantizationType[name]):
            out.write(crc(floats))


def write_f8(out: io.BytesIO) -> None:
    codes = torch.arange(256, dtype=torch.uint8).view(torch.float8_e4m3fn)
    out.write(canonical(codes.float().numpy()).astype(">u4").tobytes())
    shapes = [(1, 1), (128, 128), (129, 127), (5, 300), (260, 3), (130, 257)]
    out.write(struct.pack(">i", len(shapes)))
    for rows, columns in shapes:
        codes = torch.from_numpy(RANDOM.integers(0, 256, (rows, columns), dtype=np.uint8))
        grid = (-(-rows // 128), -(-columns // 128))
        scales = torch.from_numpy((RANDOM.normal(size=grid) * 1e-3).astype(np.float32))
        full = scales.repeat_interleave(128, 0).repeat_interleave(128, 1)[:rows, :columns]
        floats = (codes.view(torch.float8_e4m3fn).float() * full).numpy()
        out.write(struct.pack(">ii", rows, columns) + codes.numpy().tobytes())
        out.write(struct.pack(">i", scales.numel()) + scales.numpy().astype(">f4").tobytes())
        for row in floats:
            out.write(crc(row))


def main(path: str) -> None:
    out = io.BytesIO()
    with np.errstate(all="ignore"):
        write_types(out)
        write_codes(out)
        write_f8(out)
    with open(path, "wb") as file:
        # No name and no time: the same bytes at every run.
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            packed.write(out.getvalue())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
